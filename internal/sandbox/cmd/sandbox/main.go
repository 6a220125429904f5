// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

// Command sandbox runs a local Aiven API with a leader service that holds data, each service a real
// OpenSearch node, until it is interrupted. It prints on standard output what to evaluate in a shell:
//
//	eval "$(go run ./internal/sandbox/cmd/sandbox)"   # in the background, or copy the lines
//
// OPENSEARCH_HOME and OPENSEARCH_VERSION choose another OpenSearch.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/sandbox"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/sandbox/controlplane"
)

const (
	project = "demo"
	leader  = "search-us"
	plan    = "business-4"
	cloud   = "aws-us-east-1"
)

func main() {
	old := flag.Bool("old", false, "integrations replicate every index by themselves, as the product did until June 2026")
	dir := flag.String("dir", "", "folder for the data of the nodes, which is removed at the end (default: a temporary folder)")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	defer stop()
	if err := run(ctx, *dir, *old); err != nil && !errors.Is(err, context.Canceled) {
		fmt.Fprintln(os.Stderr, "sandbox:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, dir string, old bool) (err error) {
	options := sandbox.Options{Dir: dir, Progress: say}
	if old {
		options.Behaviour = controlplane.BehaviourOld
	}
	s, err := sandbox.Start(ctx, options)
	if err != nil {
		return err
	}
	defer func() {
		say("ending the nodes and removing their data")
		// The context of the program is over.
		ending, cancel := context.WithTimeout(context.Background(), 30*time.Second)
		defer cancel()
		err = errors.Join(err, s.Close(ending))
	}()
	s.ControlPlane().AddProject(project)
	service, err := s.CreateService(ctx, project, leader, plan, sandbox.InCloud(cloud))
	if err != nil {
		return err
	}
	if err := fill(ctx, service); err != nil {
		return err
	}
	describe(s, service)
	<-ctx.Done()
	return nil
}

// describe prints the environment on standard output, and how to use it on standard error.
func describe(s *sandbox.Sandbox, service *sandbox.Service) {
	fmt.Printf("export AIVEN_WEB_URL=%s\nexport AIVEN_TOKEN=%s\nexport AIVEN_PROJECT=%s\n", s.APIURL(), s.Token(), project)
	replication := "a stand-in for the CCR plugin"
	if s.RealCCR() {
		replication = "the CCR plugin of the nodes"
	}
	say("OpenSearch %s, replication by %s", s.Version(), replication)
	say("service %s/%s (%s, %s), a leader to be:", project, leader, plan, cloud)
	say("  curl -u '%s:%s' '%s/_cat/indices?v'", service.Username(), service.Password(), service.URL())
	say("Ctrl-C ends it")
}

func say(format string, args ...any) {
	fmt.Fprintf(os.Stderr, "sandbox: "+format+"\n", args...)
}
