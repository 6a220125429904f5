// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package attribute

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/schema/validator"

	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/ccr"
)

// grammar is a validator of one string by a rule of package ccr.
type grammar struct {
	what  string
	check func(string) error
}

func (g grammar) Description(context.Context) string         { return "value must be " + g.what }
func (g grammar) MarkdownDescription(context.Context) string { return "value must be " + g.what }

func (g grammar) ValidateString(_ context.Context, req validator.StringRequest, resp *validator.StringResponse) {
	if req.ConfigValue.IsNull() || req.ConfigValue.IsUnknown() {
		return
	}
	if err := g.check(req.ConfigValue.ValueString()); err != nil {
		resp.Diagnostics.AddAttributeError(req.Path, "Invalid value", "This is not "+g.what+": "+err.Error()+".")
	}
}

// Grammar refuses what check refuses. what says in messages which value is wanted.
func Grammar(what string, check func(string) error) []validator.String {
	return []validator.String{grammar{what, check}}
}

// ServiceName takes the names of Aiven services only.
func ServiceName() []validator.String {
	return Grammar("the name of an Aiven service", ccr.CheckServiceName)
}

// ProjectName takes the names of Aiven projects only.
func ProjectName() []validator.String {
	return Grammar("the name of an Aiven project", ccr.CheckProjectName)
}

// CloudName takes the names of clouds only.
func CloudName() []validator.String {
	return Grammar("the name of a cloud", ccr.CheckCloudName)
}

// IndexPattern takes index patterns only.
func IndexPattern() []validator.String {
	return Grammar("an index pattern", ccr.CheckPattern)
}

// PlanName takes the names of plans only, and refuses plans without cross-cluster
// replication, in terraform validate already.
func PlanName() []validator.String {
	return append(Grammar("the name of a plan", ccr.CheckPlanName), tier{})
}

type tier struct{}

func (tier) Description(context.Context) string {
	return "value must be a plan with cross-cluster replication: no free, hobbyist, startup or developer plan"
}

func (p tier) MarkdownDescription(ctx context.Context) string { return p.Description(ctx) }

func (tier) ValidateString(_ context.Context, req validator.StringRequest, resp *validator.StringResponse) {
	for _, c := range ccr.CheckTier("", req.ConfigValue.ValueString()) {
		resp.Diagnostics.AddAttributeError(req.Path, c.Summary, c.Detail)
	}
}

// IndexName takes index names only.
func IndexName() []validator.String {
	return Grammar("an index name", ccr.CheckIndexName)
}

// AliasName takes the names of connections only.
func AliasName() []validator.String {
	return Grammar("the name of a connection", ccr.CheckAlias)
}

// NoNulls refuses a map with an element that is null, and names the element.
func NoNulls() validator.Map { return noNulls{} }

type noNulls struct{}

func (noNulls) Description(context.Context) string { return "no element may be null" }

func (n noNulls) MarkdownDescription(ctx context.Context) string { return n.Description(ctx) }

func (noNulls) ValidateMap(_ context.Context, req validator.MapRequest, resp *validator.MapResponse) {
	for _, key := range slices.Sorted(maps.Keys(req.ConfigValue.Elements())) {
		if req.ConfigValue.Elements()[key].IsNull() {
			at := req.Path.AtMapKey(key)
			resp.Diagnostics.AddAttributeError(at, "Invalid Attribute Value", fmt.Sprintf("Attribute %s must not be null. Give it a value, or leave it out.", at))
		}
	}
}

// NotEmpty refuses an empty text.
func NotEmpty() []validator.String { return []validator.String{notEmpty{}} }

type notEmpty struct{}

func (notEmpty) Description(context.Context) string { return "must not be empty" }

func (n notEmpty) MarkdownDescription(ctx context.Context) string { return n.Description(ctx) }

func (n notEmpty) ValidateString(ctx context.Context, req validator.StringRequest, resp *validator.StringResponse) {
	if !req.ConfigValue.IsNull() && !req.ConfigValue.IsUnknown() && req.ConfigValue.ValueString() == "" {
		resp.Diagnostics.AddAttributeError(req.Path, "Invalid Attribute Value", fmt.Sprintf("Attribute %s %s. Give it a value, or leave it out.", req.Path, n.Description(ctx)))
	}
}
