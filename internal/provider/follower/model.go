// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package follower

import (
	"context"
	"reflect"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/resource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-framework/types/basetypes"

	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/aiven"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/ccr"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/pair"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/provider/attribute"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/provider/services"
)

type model struct {
	services.Replication

	ID                    types.String   `tfsdk:"id"`
	LeaderServiceName     types.String   `tfsdk:"leader_service_name"`
	LeaderProject         types.String   `tfsdk:"leader_project"`
	ServiceName           types.String   `tfsdk:"service_name"`
	Project               types.String   `tfsdk:"project"`
	CloudName             types.String   `tfsdk:"cloud_name"`
	Plan                  types.String   `tfsdk:"plan"`
	OpenSearchVersion     types.String   `tfsdk:"opensearch_version"`
	AllowLargerPlan       types.Bool     `tfsdk:"allow_larger_plan"`
	TerminationProtection types.Bool     `tfsdk:"termination_protection"`
	ProjectVPCID          types.String   `tfsdk:"project_vpc_id"`
	MaintenanceWindow     types.Object   `tfsdk:"maintenance_window"`
	DiskSpaceMB           types.Number   `tfsdk:"disk_space_mb"`
	Tags                  types.Map      `tfsdk:"tags"`
	UserConfig            userConfig     `tfsdk:"user_config"`
	ServiceState          types.String   `tfsdk:"service_state"`
	ServiceURI            types.String   `tfsdk:"service_uri"`
	Host                  types.String   `tfsdk:"host"`
	Port                  types.Int64    `tfsdk:"port"`
	NodeCount             types.Int64    `tfsdk:"node_count"`
	Timeouts              timeouts.Value `tfsdk:"timeouts"`
}

type identityModel struct {
	Project     types.String `tfsdk:"project"`
	ServiceName types.String `tfsdk:"service_name"`
}

func (m model) identity() identityModel {
	return identityModel{Project: m.Project, ServiceName: m.ServiceName}
}

// object names the follower in messages.
func (m model) object() string { return "follower " + m.ref().String() }

func (m model) pair() pair.Pair {
	return pair.Pair{
		Leader:   aiven.ServiceRef{Project: m.LeaderProject.ValueString(), Name: m.LeaderServiceName.ValueString()},
		Follower: m.ref(),
	}
}

func (m model) ref() aiven.ServiceRef {
	return aiven.ServiceRef{Project: m.Project.ValueString(), Name: m.ServiceName.ValueString()}
}

func (m model) wish(ctx context.Context, owned ccr.Owned, removed []string, finished bool, diags *diag.Diagnostics) pair.Wish {
	return m.Wish(ctx, m.pair(), owned, removed, finished, diags)
}

// create is the request that creates the service.
func (m model) create(ctx context.Context, diags *diag.Diagnostics) aiven.CreateService {
	leader := m.pair().Leader
	return aiven.CreateService{
		Project: m.Project.ValueString(), Name: m.ServiceName.ValueString(),
		Plan: m.Plan.ValueString(), Cloud: m.CloudName.ValueString(), Version: m.OpenSearchVersion.ValueString(),
		Leader:                &leader,
		TerminationProtection: m.TerminationProtection.ValueBool(),
		VPCID:                 m.ProjectVPCID.ValueString(),
		Maintenance:           windowOf(m.MaintenanceWindow),
		DiskSpaceMB:           int(attribute.WholeOf(m.DiskSpaceMB)),
		Tags:                  tagsOf(ctx, m.Tags, diags),
		UserConfig:            userConfigOf(m.UserConfig, diags),
	}
}

// update is the request that brings the service from prior to m, and whether
// anything has to be changed.
func (m model) update(ctx context.Context, prior model, diags *diag.Diagnostics) (aiven.UpdateService, bool) {
	u := aiven.UpdateService{Project: m.Project.ValueString(), Name: m.ServiceName.ValueString()}
	blank := u
	if changed(m.Plan, prior.Plan) {
		u.Plan = m.Plan.ValueStringPointer()
	}
	if changed(m.CloudName, prior.CloudName) {
		u.Cloud = m.CloudName.ValueStringPointer()
	}
	if changed(m.TerminationProtection, prior.TerminationProtection) {
		u.TerminationProtection = m.TerminationProtection.ValueBoolPointer()
	}
	if changed(m.ProjectVPCID, prior.ProjectVPCID) {
		u.VPCID = m.ProjectVPCID.ValueStringPointer()
	}
	if changed(m.MaintenanceWindow, prior.MaintenanceWindow) {
		u.Maintenance = windowOf(m.MaintenanceWindow)
	}
	// With another plan the API gives the service the new plan's disk space, unless it is told.
	if changed(m.DiskSpaceMB, prior.DiskSpaceMB) || m.moves(prior) && attribute.Known(m.DiskSpaceMB) {
		mb := int(attribute.WholeOf(m.DiskSpaceMB))
		u.DiskSpaceMB = &mb
	}
	if changed(m.Tags, prior.Tags) {
		tags := tagsOf(ctx, m.Tags, diags)
		u.Tags = tags
	}
	userConfig := map[string]any{}
	if changed(m.UserConfig, prior.UserConfig) {
		userConfig = userConfigOf(m.UserConfig, diags)
	}
	if changed(m.OpenSearchVersion, prior.OpenSearchVersion) {
		userConfig["opensearch_version"] = m.OpenSearchVersion.ValueString()
	}
	if len(userConfig) > 0 {
		u.UserConfig = userConfig
	}
	return u, !reflect.DeepEqual(u, blank)
}

// moves reports whether a follower that exists gets another plan or cloud.
func (m model) moves(prior model) bool {
	return changed(m.Plan, prior.Plan) || changed(m.CloudName, prior.CloudName)
}

// changed reports whether a known planned value differs from the prior one.
func changed(planned, prior attr.Value) bool {
	return !planned.IsUnknown() && !planned.IsNull() && !planned.Equal(prior)
}

var windowTypes = map[string]attr.Type{"day": types.StringType, "time": types.StringType}

func windowOf(o types.Object) *aiven.Window {
	day, isDay := o.Attributes()["day"].(basetypes.StringValue)
	at, isTime := o.Attributes()["time"].(basetypes.StringValue)
	if !isDay || !isTime || day.ValueString() == "" {
		return nil
	}
	return &aiven.Window{Day: day.ValueString(), Time: at.ValueString()}
}

func windowValue(w aiven.Window) types.Object {
	if w.Day == "" {
		return types.ObjectNull(windowTypes)
	}
	return types.ObjectValueMust(windowTypes, map[string]attr.Value{"day": types.StringValue(w.Day), "time": types.StringValue(w.Time)})
}

func tagsOf(ctx context.Context, m types.Map, diags *diag.Diagnostics) map[string]string {
	tags := map[string]string{}
	if !m.IsNull() && !m.IsUnknown() {
		diags.Append(m.ElementsAs(ctx, &tags, false)...)
	}
	return tags
}

func tagsValue(tags map[string]string) types.Map {
	values := map[string]attr.Value{}
	for k, v := range tags {
		values[k] = types.StringValue(v)
	}
	return types.MapValueMust(types.StringType, values)
}

// fill sets what was seen.
func (m *model) fill(seen pair.Seen, finished bool, diags *diag.Diagnostics) {
	m.fillService(seen.Follower, diags)
	m.Fill(seen, finished)
}

// keepKnown puts back every value that the plan knew: an apply keeps to its plan,
// and the next refresh shows what is different by then.
func (m *model) keepKnown(planned model) {
	keepPlanned(&m.CloudName, planned.CloudName)
	keepPlanned(&m.Plan, planned.Plan)
	keepPlanned(&m.OpenSearchVersion, planned.OpenSearchVersion)
	keepPlanned(&m.TerminationProtection, planned.TerminationProtection)
	keepPlanned(&m.ProjectVPCID, planned.ProjectVPCID)
	keepPlanned(&m.MaintenanceWindow, planned.MaintenanceWindow)
	keepPlanned(&m.DiskSpaceMB, planned.DiskSpaceMB)
	keepPlanned(&m.Tags, planned.Tags)
	keepPlanned(&m.UserConfig, planned.UserConfig)
	m.KeepKnown(planned.Replication)
	keepPlanned(&m.ServiceState, planned.ServiceState)
	keepPlanned(&m.ServiceURI, planned.ServiceURI)
	keepPlanned(&m.Host, planned.Host)
	keepPlanned(&m.Port, planned.Port)
	keepPlanned(&m.NodeCount, planned.NodeCount)
}

func keepPlanned[T attr.Value](seen *T, planned T) {
	if !planned.IsUnknown() {
		*seen = planned
	}
}

func (m *model) fillService(s aiven.Service, diags *diag.Diagnostics) {
	m.ID = types.StringValue(m.ref().String())
	m.LeaderAlias = types.StringValue(m.pair().Alias())
	m.CloudName = types.StringValue(s.Cloud)
	m.Plan = types.StringValue(s.Plan)
	m.OpenSearchVersion = types.StringValue(ccr.MajorMinor(s.Version))
	m.TerminationProtection = types.BoolValue(s.TerminationProtection)
	if s.VPCID != "" || m.ProjectVPCID.ValueString() != "" || m.ProjectVPCID.IsUnknown() { // an empty ID says that it is in none
		m.ProjectVPCID = attribute.OrNull(s.VPCID)
	}
	m.MaintenanceWindow = windowValue(s.Maintenance)
	m.DiskSpaceMB = attribute.WholeValue(int64(s.DiskMB))
	m.Tags = tagsValue(s.Tags)
	m.UserConfig = refreshUserConfig(m.UserConfig, s.UserConfig, diags)
	m.ServiceState = types.StringValue(s.State)
	m.ServiceURI = attribute.OrNull(s.URI)
	m.Host = attribute.OrNull(s.Host)
	m.Port = types.Int64Null() // until the service has run
	if s.Port != 0 {
		m.Port = types.Int64Value(int64(s.Port))
	}
	m.NodeCount = types.Int64Value(int64(s.NodeCount))
}
