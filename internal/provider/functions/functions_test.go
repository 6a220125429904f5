// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package functions

import (
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/function"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

func TestFunctions(t *testing.T) {
	for name, tt := range map[string]struct {
		function  function.Function
		arguments []string
		want      attr.Value
		err       string
		argument  int64
	}{
		"leader alias":             {function: NewLeaderAlias(), arguments: []string{"acme", "search-us"}, want: types.StringValue("acme_search-us")},
		"not a project name":       {function: NewLeaderAlias(), arguments: []string{"acme/x", "search-us"}, err: "not the name of an Aiven project"},
		"not a service name":       {function: NewLeaderAlias(), arguments: []string{"acme", ""}, err: "not the name of an Aiven service", argument: 1},
		"business":                 {function: NewPlanSupportsCCR(), arguments: []string{"business-4"}, want: types.BoolValue(true)},
		"startup":                  {function: NewPlanSupportsCCR(), arguments: []string{"startup-4"}, want: types.BoolValue(false)},
		"hobbyist":                 {function: NewPlanSupportsCCR(), arguments: []string{"hobbyist"}, want: types.BoolValue(false)},
		"a plan that has no name":  {function: NewPlanSupportsCCR(), arguments: []string{""}, err: "name of the plan is empty"},
		"a tier that we know not":  {function: NewPlanSupportsCCR(), arguments: []string{"galactic-64"}, want: types.BoolValue(true)},
		"capitals make no new one": {function: NewPlanSupportsCCR(), arguments: []string{"Startup-4"}, want: types.BoolValue(false)},
	} {
		t.Run(name, func(t *testing.T) {
			var definition function.DefinitionResponse
			tt.function.Definition(t.Context(), function.DefinitionRequest{}, &definition)
			var values []attr.Value
			for _, a := range tt.arguments {
				values = append(values, types.StringValue(a))
			}
			result, err := definition.Definition.Return.NewResultData(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			resp := function.RunResponse{Result: result}
			tt.function.Run(t.Context(), function.RunRequest{Arguments: function.NewArgumentsData(values)}, &resp)
			switch {
			case tt.err == "" && resp.Error != nil:
				t.Fatal(resp.Error)
			case tt.err == "":
				if got := resp.Result.Value(); !got.Equal(tt.want) {
					t.Errorf("got %s, want %s", got, tt.want)
				}
			case resp.Error == nil || !strings.Contains(resp.Error.Text, tt.err):
				t.Errorf("got error %v, want %q", resp.Error, tt.err)
			case resp.Error.FunctionArgument == nil || *resp.Error.FunctionArgument != tt.argument:
				t.Errorf("the error is not on argument %d", tt.argument)
			}
		})
	}
}
