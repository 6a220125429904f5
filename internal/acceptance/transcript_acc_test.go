// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package acceptance

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// envTranscripts makes the tests write the outputs that the guides show, in place of comparing them.
const envTranscripts = "UPDATE_TRANSCRIPTS"

// transcript compares what a command said with what a guide shows of it. Only Terraform's own words
// are compared: OpenTofu has others.
func (r run) transcript(name string) {
	r.t.Helper()
	file := filepath.Join("..", "..", "examples", "scenarios", filepath.FromSlash(name)+".txt")
	said := tidy(r.output)
	if os.Getenv(envTranscripts) != "" {
		if err := os.WriteFile(file, []byte(said), 0o600); err != nil {
			r.t.Fatal(err)
		}
		return
	}
	shown, err := os.ReadFile(file)
	if err != nil {
		r.t.Fatal(err)
	}
	if !version.OpenTofu && said != string(shown) {
		r.t.Errorf("the guide shows\n%s\nand the command says\n%s\n(%s=1 writes it)", shown, said, envTranscripts)
	}
}

var (
	overrides = regexp.MustCompile(`(?s)\n*Warning: Provider development overrides are in effect.*?published\nreleases\.\n`)
	progress  = regexp.MustCompile(`(?m)^.*(Refreshing state|Still modifying|Still creating|Still destroying|Reading|Read complete).*\n`)
	took      = regexp.MustCompile(`complete after [0-9ms]+`)
	uuids     = regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}`)
	namedUUID = regexp.MustCompile(`/[0-9A-Za-z_-]{22}"`)
	similar   = regexp.MustCompile(`\n\(and one more similar warning elsewhere\)\n`)
	blank     = regexp.MustCompile(`\n{3,}`)
)

// tidy is an output without what is another one each time, and without what only tests see.
func tidy(output string) string {
	output = strings.ReplaceAll(output, "│ ", "")
	output = overrides.ReplaceAllString(output, "")
	output = progress.ReplaceAllString(output, "")
	output = took.ReplaceAllString(output, "complete after 12s")
	output = uuids.ReplaceAllString(output, "1c6b7a54-0f5e-4c0b-9d6d-5a2f0c1f6b1e")
	output = namedUUID.ReplaceAllString(output, `/Tr9RPz-0Q-iftQHuYFnLEw"`)
	output = similar.ReplaceAllString(output, "")
	_, plan, planned := strings.Cut(output, "Terraform will perform the following actions:\n")
	if planned {
		output = plan
	}
	return strings.TrimLeft(blank.ReplaceAllString(output, "\n\n"), "\n")
}

// The outputs that the guide of disaster recovery shows.
func TestTranscripts_DisasterRecovery(t *testing.T) {
	t.Parallel()
	ready := func(t *testing.T, example string) *memoryScene {
		t.Helper()
		s := newMemoryScene(t, unchanged)
		for _, index := range []string{"orders", "products"} {
			for n := range 3 {
				s.cluster(ref(us)).Write(index, fmt.Sprintf("doc-%d", n), true)
			}
		}
		s.example(example)
		return s
	}
	t.Run("failover-and-return", func(t *testing.T) {
		t.Parallel()
		s := ready(t, "failover-and-return")
		s.service(eu, "business-4")
		s.apply()
		s.cluster(ref(us)).SetDown(true)
		s.apply("-var", "promoted=true").transcript("failover-and-return/failover")
		for n := range 5 {
			s.cluster(ref(eu)).Write("orders", fmt.Sprintf("after-%d", n), false)
		}
		s.cluster(ref(us)).SetDown(false)
		s.cluster(ref(us)).Write("orders", "uncopied", false)
		back := []string{"-var", "leader=search-eu", "-var", "follower=search-us", "-var", "rebuild=true"}
		s.plan(back...).transcript("failover-and-return/return")
		s.apply(back...)
	})
	t.Run("switchover", func(t *testing.T) {
		t.Parallel()
		s := ready(t, "switchover")
		s.service(eu, "business-4")
		s.apply()
		s.plan("-var", "leader=search-eu", "-var", "follower=search-us").transcript("switchover/switchover")
	})
	t.Run("drill", func(t *testing.T) {
		t.Parallel()
		s := ready(t, "drill")
		s.apply("-var", "drill=replicating")
		s.apply("-var", "drill=promoted").transcript("drill/drill")
		s.apply()
	})
}
