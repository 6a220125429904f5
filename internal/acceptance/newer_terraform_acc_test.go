// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package acceptance

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// What Terraform has had since 1.8 and 1.10: functions, and credentials that are
// in no state and no plan. The examples are used as they are.
func TestNewerTerraform_FunctionsAndEphemeralCredentials(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	write(t, s.leader, "movies", 1, 3)
	w := s.workspace()
	example := func(path ...string) string {
		text, err := os.ReadFile(filepath.Join(append([]string{"..", "..", "examples"}, path...)...))
		if err != nil {
			t.Fatal(err)
		}
		return strings.ReplaceAll(string(text), `service_name = "search-eu"`, `service_name = "`+leaderName+`"`)
	}
	functions := example("functions", "leader_alias", "function.tf") + example("functions", "plan_supports_ccr", "function.tf")
	w.write(functions)
	w.plan().says(`leader_alias = "acme_search-us"`)
	w.terraform("plan", "-input=false", "-var=leader_plan=startup-4").says("Choose a plan with cross-cluster replication.")
	if !version.HasEphemeral() {
		return // the rest cannot be written for it
	}

	w.write(functions + example("ephemeral-resources", "opensearch_ccr_credentials", "ephemeral-resource.tf") + `
output "on_leader" { value = data.opensearch_ccr_status.eu.totals.indices }
`)
	w.terraform("plan", "-out=saved", "-input=false")
	w.terraform("apply", "-input=false", "saved").says("Apply complete!", `on_leader    = 0`)
	for _, shown := range []string{w.terraform("show", "-json", "saved").output, w.terraform("show", "-json").output} {
		if strings.Contains(shown, s.leader.Password()) {
			t.Error("the password is in the plan or the state")
		}
	}

	w.write(`
ephemeral "opensearch_ccr_credentials" "eu" {
  service_name = "search-ue"
}
`)
	w.planFails().says("Cannot read service search-ue", `service_name = "search-ue"`, "404: Service search-ue does not exist. Check the name and the project.")
}
