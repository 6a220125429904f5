// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package connection

import (
	"context"
	"fmt"
	"regexp"
	"sync"

	"github.com/hashicorp/terraform-plugin-framework-validators/listvalidator"
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/identityschema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringdefault"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/ccr"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/provider/attribute"
)

// The modes of a connection.
const (
	modeSniff = "sniff"
	modeProxy = "proxy"
)

var timeValue = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^(-1|\d+(nanos|micros|ms|s|m|h|d))$`) })

// Schema describes the attributes.
func (r *Resource) Schema(_ context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "A connection of a follower cluster to its leader: a remote cluster in the follower's settings. " +
			"Create and update finish once the follower is connected. Settings changed outside Terraform are detected and restored.\n\n" +
			"Destroy removes the connection and then stops what still replicates over it, which the plan names: those indices are kept and become writable.",
		Attributes: map[string]schema.Attribute{
			"cluster": attribute.Cluster("on which the connection is created, the follower"),
			"name": schema.StringAttribute{Required: true, Validators: attribute.Grammar("the name of a remote cluster", ccr.CheckAlias),
				PlanModifiers:       []planmodifier.String{stringplanmodifier.RequiresReplace()},
				MarkdownDescription: "Name of the connection, the leader alias of replications. Changing it forces replacement."},
			"mode": schema.StringAttribute{Optional: true, Computed: true, Default: stringdefault.StaticString(modeSniff),
				Validators:          []validator.String{stringvalidator.OneOf(modeSniff, modeProxy)},
				MarkdownDescription: "`sniff`: the follower asks `seeds` for the leader's nodes and connects to them; or `proxy`: all connections go to `proxy_address`. Default `sniff`."},
			"seeds": schema.ListAttribute{Optional: true, ElementType: types.StringType,
				Validators:          []validator.List{listvalidator.SizeAtLeast(1), listvalidator.NoNullValues(), listvalidator.UniqueValues(), listvalidator.ValueStringsAre(hostPort()...)},
				MarkdownDescription: "Transport addresses of leader nodes, `HOST:PORT` (the transport port, 9300 by default). Needed in mode `sniff`."},
			"node_connections": schema.NumberAttribute{Optional: true, Validators: attribute.Whole(),
				MarkdownDescription: "How many of the leader's nodes are connected to, in mode `sniff`. Default: the cluster's, 3."},
			"proxy_address": schema.StringAttribute{Optional: true, Validators: hostPort(),
				MarkdownDescription: "Transport address of a proxy or load balancer before the leader, `HOST:PORT`. Needed in mode `proxy`."},
			"proxy_socket_connections": schema.NumberAttribute{Optional: true, Validators: attribute.Whole(),
				MarkdownDescription: "How many sockets are opened to the proxy, in mode `proxy`. Default: the cluster's, 18."},
			"server_name": schema.StringAttribute{Optional: true, Validators: attribute.Grammar("the name of a host", checkHost),
				MarkdownDescription: "Host name for the TLS server name indication, in mode `proxy`. Default: none is sent."},
			"skip_unavailable": schema.BoolAttribute{Optional: true,
				MarkdownDescription: "Whether searches over clusters leave this one out when it is unreachable. Default: the cluster's, false."},
			"compress": schema.BoolAttribute{Optional: true, MarkdownDescription: "Whether what is sent to the leader is compressed. Default: the cluster's."},
			"ping_schedule": schema.StringAttribute{Optional: true, Validators: []validator.String{stringvalidator.RegexMatches(timeValue(), "must be a duration such as 30s, or -1 to disable pings")},
				MarkdownDescription: "How often the connection is kept alive by a ping, such as `30s`; `-1` for never. Default: the cluster's."},
			"id": attribute.ID("CLUSTER/NAME"),
			"timeouts": attribute.Timeouts("Longest time until the follower is connected. Default `1m`.",
				"Longest time for an update. Default `1m`.",
				"Longest time to remove the connection and to stop what still replicates over it. Default `10m`."),
		},
	}
}

// IdentitySchema describes what names one of them.
func (r *Resource) IdentitySchema(_ context.Context, _ resource.IdentitySchemaRequest, resp *resource.IdentitySchemaResponse) {
	resp.IdentitySchema = identityschema.Schema{Attributes: map[string]identityschema.Attribute{
		"cluster": identityschema.StringAttribute{RequiredForImport: true, Description: "The follower, a name of the provider's clusters."},
		"name":    identityschema.StringAttribute{RequiredForImport: true, Description: "Name of the connection."},
	}}
}

// ValidateConfig holds the settings against the mode, in which others have no
// meaning and are refused by the cluster.
func (r *Resource) ValidateConfig(ctx context.Context, req resource.ValidateConfigRequest, resp *resource.ValidateConfigResponse) {
	var m model
	resp.Diagnostics.Append(req.Config.Get(ctx, &m)...)
	if resp.Diagnostics.HasError() || m.Mode.IsUnknown() {
		return
	}
	needed, foreign := m.settingsOfMode()
	for name, value := range needed {
		if value.IsNull() {
			resp.Diagnostics.AddAttributeError(path.Root(name), "Missing setting for connection mode", fmt.Sprintf("%s is required when mode is %q.", name, m.mode()))
		}
	}
	for name, value := range foreign {
		if !value.IsNull() && !value.IsUnknown() {
			resp.Diagnostics.AddAttributeError(path.Root(name), "Setting does not apply to connection mode", fmt.Sprintf("%s cannot be used when mode is %q. Remove it or change the mode.", name, m.mode()))
		}
	}
}
