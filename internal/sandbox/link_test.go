// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package sandbox

import (
	"os/exec"
	"strings"
	"testing"
)

// The provider's binary is what users run with their credentials: nothing of a platform for tests is in it.
func TestSandbox_IsNotLinkedIntoTheProvider(t *testing.T) {
	const module = "github.com/opensearch-ccr/terraform-provider-opensearch"
	list := exec.CommandContext(t.Context(), "go", "list", "-deps", ".")
	list.Dir = "../.."
	out, err := list.Output()
	if err != nil {
		t.Fatalf("go list -deps: %v", err)
	}
	deps := strings.Fields(string(out))
	own := false
	for _, dep := range deps {
		own = own || dep == module
		if strings.HasPrefix(dep, module+"/internal/sandbox") {
			t.Errorf("the provider is linked with %s", dep)
		}
	}
	if !own {
		t.Fatalf("go list -deps does not have the program itself, so it proves nothing: %s", out)
	}
}
