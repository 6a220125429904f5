// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package follower

import (
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/aiven"
)

// An empty VPC ID says that the service is in none, so that a refresh does not
// show the difference of an empty text and null for ever.
func TestFollower_NoVPCIsNoDifference(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		before, want types.String
		service      string
	}{
		"none, said":     {types.StringValue(""), types.StringValue(""), ""},
		"none, not said": {types.StringNull(), types.StringNull(), ""},
		"not known yet":  {types.StringUnknown(), types.StringNull(), ""},
		"taken out":      {types.StringValue("v"), types.StringNull(), ""},
		"put in":         {types.StringValue(""), types.StringValue("v"), "v"},
	} {
		m, diags := model{ProjectVPCID: tt.before, UserConfig: noUserConfig()}, diag.Diagnostics{}
		m.fillService(aiven.Service{VPCID: tt.service}, &diags)
		if diags.HasError() || !m.ProjectVPCID.Equal(tt.want) {
			t.Errorf("%s: %s, want %s (%v)", name, m.ProjectVPCID, tt.want, diags)
		}
	}
}
