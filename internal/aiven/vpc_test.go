// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package aiven

import (
	"slices"
	"testing"
)

// A VPC that is not the project's may be its organization's, and only the two
// answers together prove that there is none.
func TestVPC(t *testing.T) {
	const id = "11111111-2222-3333-4444-555555555555"
	const inProject, project, inOrganization = "GET /v1/project/acme/vpcs/" + id, "GET /v1/project/acme", "GET /v1/organization/org1/vpc/" + id
	missing, belongs := refusal(404, "VPC not found"), says(200, `{"project":{"project_name":"acme","organization_id":"org1"}}`)
	for name, tt := range map[string]struct {
		replies  []reply
		requests []string
		clouds   []string
		absent   bool
	}{
		"of the project":                  {[]reply{says(200, `{"project_vpc_id":"`+id+`","cloud_name":"do-fra","state":"ACTIVE"}`)}, []string{inProject}, []string{"do-fra"}, false},
		"of the organization":             {[]reply{missing, belongs, says(200, `{"clouds":[{"cloud_name":"do-fra"},{"cloud_name":"do-nyc"}]}`)}, []string{inProject, project, inOrganization}, []string{"do-fra", "do-nyc"}, false},
		"of neither":                      {[]reply{missing, belongs, missing}, []string{inProject, project, inOrganization}, nil, true},
		"of a project of nobody":          {[]reply{missing, says(200, `{"project":{"project_name":"acme"}}`)}, []string{inProject, project}, nil, true},
		"the project may not be read":     {[]reply{refusal(403, "Forbidden")}, []string{inProject}, nil, false},
		"the organization may not be":     {[]reply{missing, belongs, refusal(403, "Forbidden")}, []string{inProject, project, inOrganization}, nil, false},
		"whose project it is is not said": {[]reply{missing, refusal(403, "Forbidden")}, []string{inProject, project}, nil, false},
	} {
		t.Run(name, func(t *testing.T) {
			c, api, _ := newFake(t, tt.replies...)
			got, err := c.VPC(t.Context(), "acme", id)
			if !slices.Equal(got.Clouds, tt.clouds) || (err == nil) != (tt.clouds != nil) || err != nil && IsNotFound(err) != tt.absent {
				t.Errorf("got %v, %v", got, err)
			}
			api.saw(t, tt.requests...)
		})
	}
}
