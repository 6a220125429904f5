// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

// Terraform-provider-opensearch serves the provider to Terraform.
package main

import (
	"cmp"
	"flag"
	"log"
	"os"
	"runtime/debug"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6/tf6server"

	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/provider"
)

// version is set by the release's ldflags.
var version = "dev"

func main() {
	debugging := flag.Bool("debug", false, "serve for a debugger: print TF_REATTACH_PROVIDERS and wait for Terraform")
	flag.Parse()
	if !*debugging {
		logOnlyWhatIsRead()
	}
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(gcPercent)
	}

	var options []tf6server.ServeOpt
	if *debugging {
		options = append(options, tf6server.WithManagedDebug())
	}
	err := tf6server.Serve("registry.terraform.io/opensearch-ccr/opensearch", func() tfprotov6.ProviderServer { return provider.Server(version) }, options...)
	if err != nil {
		log.Fatal(err)
	}
}

// gcPercent is how far the heap may grow before garbage is collected. Each run of
// Terraform starts a provider of its own and most are over in seconds: with Go's
// default of 100, a quarter of the processor time of a plan of 1,000 replications
// went into collecting.
const gcPercent = 400

// logOnlyWhatIsRead gives the SDK's logger the level that Terraform was asked for.
// Without it the SDK writes every line down to TRACE, and Terraform reads them all
// to throw them away: a third of the time of a large plan.
func logOnlyWhatIsRead() {
	level := cmp.Or(os.Getenv("TF_LOG_PROVIDER"), os.Getenv("TF_LOG"), "OFF")
	for _, name := range []string{"TF_LOG_SDK", "TF_LOG_PROVIDER_OPENSEARCH"} {
		if os.Getenv(name) == "" {
			_ = os.Setenv(name, level) // fails only for a name that no variable can have
		}
	}
}
