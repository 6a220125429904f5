// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"

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

// grammarOf refuses what a check refuses; what names the value.
func grammarOf(what string, check func(string) error) []validator.String {
	return []validator.String{grammar{what, check}}
}

func serviceName() []validator.String {
	return grammarOf("the name of an Aiven service", ccr.CheckServiceName)
}

func projectName() []validator.String {
	return grammarOf("the name of an Aiven project", ccr.CheckProjectName)
}

func cloudName() []validator.String {
	return grammarOf("the name of a cloud", ccr.CheckCloudName)
}

func indexPattern() []validator.String {
	return grammarOf("an index pattern", ccr.CheckPattern)
}

// planTier refuses plans without cross-cluster replication, in terraform validate already.
func planTier() []validator.String { return []validator.String{tier{}} }

// tier refuses plans without cross-cluster replication, in terraform validate already.
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
