// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package connection

import (
	"context"
	"fmt"
	"strconv"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/resource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/provider/attribute"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/replication"
)

type model struct {
	Cluster                types.String   `tfsdk:"cluster"`
	Name                   types.String   `tfsdk:"name"`
	Mode                   types.String   `tfsdk:"mode"`
	Seeds                  types.List     `tfsdk:"seeds"`
	NodeConnections        types.Number   `tfsdk:"node_connections"`
	ProxyAddress           types.String   `tfsdk:"proxy_address"`
	ProxySocketConnections types.Number   `tfsdk:"proxy_socket_connections"`
	ServerName             types.String   `tfsdk:"server_name"`
	SkipUnavailable        types.Bool     `tfsdk:"skip_unavailable"`
	Compress               types.Bool     `tfsdk:"compress"`
	PingSchedule           types.String   `tfsdk:"ping_schedule"`
	ID                     types.String   `tfsdk:"id"`
	Timeouts               timeouts.Value `tfsdk:"timeouts"`
}

type identityModel struct {
	Cluster types.String `tfsdk:"cluster"`
	Name    types.String `tfsdk:"name"`
}

func (m model) identity() identityModel { return identityModel{m.Cluster, m.Name} }

// id is CLUSTER/NAME.
func (m model) id() string { return m.Cluster.ValueString() + "/" + m.Name.ValueString() }

// title names the connection in summaries.
func (m model) title() string {
	return fmt.Sprintf("connection %s on %s", m.Name.ValueString(), m.Cluster.ValueString())
}

func (m model) mode() string {
	if m.Mode.ValueString() == "" {
		return modeSniff
	}
	return m.Mode.ValueString()
}

// settingsOfMode says which attributes the mode needs and which are another's.
func (m model) settingsOfMode() (needed, foreign map[string]attr.Value) {
	if m.mode() == modeProxy {
		return map[string]attr.Value{"proxy_address": m.ProxyAddress},
			map[string]attr.Value{"seeds": m.Seeds, "node_connections": m.NodeConnections}
	}
	return map[string]attr.Value{"seeds": m.Seeds},
		map[string]attr.Value{"proxy_address": m.ProxyAddress, "proxy_socket_connections": m.ProxySocketConnections, "server_name": m.ServerName}
}

// settings are what the model says as settings of the remote cluster.
func (m model) settings(ctx context.Context, diags *diag.Diagnostics) replication.RemoteSettings {
	s := replication.RemoteSettings{replication.RemoteMode: {m.mode()}}
	if !m.Seeds.IsNull() {
		var seeds []string
		diags.Append(m.Seeds.ElementsAs(ctx, &seeds, false)...)
		s[replication.RemoteSeeds] = seeds
	}
	for name, value := range map[string]types.String{
		replication.RemoteProxyAddress: m.ProxyAddress,
		replication.RemoteServerName:   m.ServerName,
		replication.RemotePingSchedule: m.PingSchedule,
	} {
		if !value.IsNull() {
			s[name] = []string{value.ValueString()}
		}
	}
	for name, value := range map[string]types.Number{
		replication.RemoteNodeConnections:  m.NodeConnections,
		replication.RemoteProxyConnections: m.ProxySocketConnections,
	} {
		if !value.IsNull() {
			s[name] = []string{strconv.FormatInt(attribute.WholeOf(value), 10)}
		}
	}
	for name, value := range map[string]types.Bool{
		replication.RemoteSkipUnavailable: m.SkipUnavailable,
		replication.RemoteCompress:        m.Compress,
	} {
		if !value.IsNull() {
			s[name] = []string{strconv.FormatBool(value.ValueBool())}
		}
	}
	return s
}

// fill takes every setting from the cluster. Without a mode it is what the
// cluster takes for it then.
func (m *model) fill(ctx context.Context, s replication.RemoteSettings, diags *diag.Diagnostics) {
	m.ID = types.StringValue(m.id())
	m.Mode = types.StringValue(modeSniff)
	if mode, set := s.One(replication.RemoteMode); set {
		m.Mode = types.StringValue(mode)
	}
	m.Seeds = types.ListNull(types.StringType)
	if seeds, set := s[replication.RemoteSeeds]; set {
		list, d := types.ListValueFrom(ctx, types.StringType, seeds)
		diags.Append(d...)
		m.Seeds = list
	}
	m.ProxyAddress = text(s, replication.RemoteProxyAddress)
	m.ServerName = text(s, replication.RemoteServerName)
	m.PingSchedule = text(s, replication.RemotePingSchedule)
	m.NodeConnections = number(s, replication.RemoteNodeConnections, diags)
	m.ProxySocketConnections = number(s, replication.RemoteProxyConnections, diags)
	m.SkipUnavailable = boolean(s, replication.RemoteSkipUnavailable, diags)
	m.Compress = boolean(s, replication.RemoteCompress, diags)
}

func text(s replication.RemoteSettings, name string) types.String {
	if value, set := s.One(name); set {
		return types.StringValue(value)
	}
	return types.StringNull()
}

func number(s replication.RemoteSettings, name string, diags *diag.Diagnostics) types.Number {
	value, set := s.One(name)
	if !set {
		return types.NumberNull()
	}
	n, err := strconv.ParseInt(value, 10, 64)
	if err != nil {
		diags.AddError("Unexpected value of a connection setting", fmt.Sprintf("%s has the value %q, which is not a number.", name, value))
	}
	return attribute.WholeValue(n)
}

func boolean(s replication.RemoteSettings, name string, diags *diag.Diagnostics) types.Bool {
	value, set := s.One(name)
	if !set {
		return types.BoolNull()
	}
	b, err := strconv.ParseBool(value)
	if err != nil {
		diags.AddError("Unexpected value of a connection setting", fmt.Sprintf("%s has the value %q, which is not a boolean.", name, value))
	}
	return types.BoolValue(b)
}
