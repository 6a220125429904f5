// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package acceptance

import (
	"context"
	"fmt"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/provider"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/sandbox"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/sandbox/cli"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/sandbox/controlplane"
)

// envBehaviour says which behaviour of Aiven's product the tests meet: "new",
// an integration that starts nothing, or "old", one that replicates everything
// by itself.
const envBehaviour = "SANDBOX_BEHAVIOUR"

// The acceptance tests share one sandbox, which is started by the first that
// needs it. Each has a project or clusters of its own in it.
var shared struct {
	once    sync.Once
	sandbox *sandbox.Sandbox
	err     error
}

// cleanUps are run after the last test.
var cleanUps []func() error

func TestMain(m *testing.M) {
	if os.Getenv("TF_ACC") != "" {
		if err := useTerraform(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
	code := m.Run()
	for _, cleanUp := range cleanUps {
		if err := cleanUp(); err != nil {
			fmt.Fprintln(os.Stderr, "clean up:", err)
			code = 1
		}
	}
	if shared.sandbox != nil {
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		if err := shared.sandbox.Close(ctx); err != nil {
			fmt.Fprintln(os.Stderr, "close the sandbox:", err)
			code = 1
		}
	}
	os.Exit(code)
}

// version is that of the Terraform or OpenTofu that the tests run on.
var version cli.Version

func useTerraform() (err error) {
	if version, err = cli.Ask(context.Background()); err != nil {
		return err
	}
	return version.UseRegistry()
}

func testSandbox(t *testing.T) *sandbox.Sandbox {
	t.Helper()
	shared.once.Do(func() {
		behaviours := map[string]controlplane.Behaviour{"": controlplane.BehaviourNew, "new": controlplane.BehaviourNew, "old": controlplane.BehaviourOld}
		behaviour, known := behaviours[os.Getenv(envBehaviour)]
		if !known {
			shared.err = fmt.Errorf("%s is %q, neither new nor old", envBehaviour, os.Getenv(envBehaviour))
			return
		}
		shared.sandbox, shared.err = sandbox.Start(context.Background(), sandbox.Options{
			Behaviour: behaviour,
			Progress:  func(format string, args ...any) { fmt.Fprintf(os.Stderr, "sandbox: "+format+"\n", args...) },
		})
	})
	if shared.err != nil {
		t.Fatal(shared.err)
	}
	return shared.sandbox
}

func testProviders() map[string]func() (tfprotov6.ProviderServer, error) {
	return map[string]func() (tfprotov6.ProviderServer, error){"opensearch": func() (tfprotov6.ProviderServer, error) { return provider.Server("test"), nil }}
}
