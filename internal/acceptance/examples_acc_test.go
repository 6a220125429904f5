// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package acceptance

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/sandbox/gateway"
)

// example puts an example into a workspace, with the addresses of the sandbox
// in the place of those that it shows: pairs of an address and what replaces it.
func (w *workspace) example(name string, addresses ...string) {
	w.t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "..", "examples", "scenarios", name, "main.tf"))
	if err != nil {
		w.t.Fatal(err)
	}
	for i := 0; i < len(addresses); i += 2 {
		if !strings.Contains(string(text), addresses[i]) {
			w.t.Fatalf("example %s has no %s", name, addresses[i])
		}
	}
	changed := strings.NewReplacer(addresses...).Replace(string(text))
	if strings.Contains(changed, "example.com") || strings.Contains(changed, "amazonaws.com") {
		w.t.Fatalf("example %s has an address that is not replaced:\n%s", name, changed)
	}
	if err := os.WriteFile(filepath.Join(w.dir, "main.tf"), []byte(changed), 0o600); err != nil {
		w.t.Fatal(err)
	}
}

// live applies an example, finds nothing more to do, and destroys it after look.
func (w *workspace) live(look func()) {
	w.t.Helper()
	w.apply()
	w.planEmpty()
	w.refreshEmpty()
	look()
	w.destroy()
}

func quoted(addresses ...string) string {
	for i, a := range addresses {
		addresses[i] = fmt.Sprintf("%q", a)
	}
	return strings.Join(addresses, ", ")
}

// The examples at index level, as they are, on the sandbox's clusters. One
// follower serves them all, one after another.
func TestExamples_IndexLevel(t *testing.T) {
	t.Parallel()
	d := newDoors(t)
	ca := newAuthority(t, "the test's")
	seed := d.leader.TransportAddress()
	has := func(t *testing.T, index string, documents int) {
		t.Helper()
		if got := count(t, d.follower, index); got != documents {
			t.Errorf("index %s has %d documents on the follower, want %d", index, got, documents)
		}
	}

	t.Run("two-self-managed-clusters", func(t *testing.T) {
		write(t, d.leader, "products", 1, 3)
		write(t, d.leader, "logs-2026", 1, 2)
		door := d.open(gateway.Options{Username: "terraform", Password: clusterPassword, TLS: ca.server()})
		w := newWorkspace(t, "TF_VAR_paris_password="+clusterPassword)
		w.secrets = func() []string { return []string{clusterPassword} }
		if err := os.WriteFile(filepath.Join(w.dir, "ca.pem"), []byte(ca.pem), 0o600); err != nil {
			t.Fatal(err)
		}
		w.example("two-self-managed-clusters", "https://paris.example.com:9200", door.URL(),
			quoted("london-1.example.com:9300", "london-2.example.com:9300"), quoted(seed))
		w.live(func() {
			has(t, "london-products", 3)
			has(t, "logs-2026", 2)
		})
	})

	// The other provider is a stand-in, which makes no roles; the sandbox asks for none.
	t.Run("next-to-opensearch-project", func(t *testing.T) {
		write(t, d.leader, "logs-roles", 1, 2)
		door := d.open(gateway.Options{Username: "terraform", Password: clusterPassword})
		w := newWorkspace(t, "TF_VAR_paris_password="+clusterPassword, "TF_VAR_london_password=unused", serveOtherProvider(t))
		w.secrets = func() []string { return []string{clusterPassword} }
		w.example("next-to-opensearch-project", "https://paris.example.com:9200", door.URL(), "https://london.example.com:9200", d.leader.URL(),
			quoted("london-1.example.com:9300"), quoted(seed))
		w.live(func() {
			has(t, "logs-roles", 2)
			configuration := filepath.Join(w.dir, "main.tf")
			text, err := os.ReadFile(configuration)
			if err != nil {
				t.Fatal(err)
			}
			rewrite := func(replacements ...string) {
				t.Helper()
				if err := os.WriteFile(configuration, []byte(strings.NewReplacer(replacements...).Replace(string(text))), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			// What the guide says of another local name, and of one that was forgotten.
			rewrite("ccr = {", "replication = {", `provider "ccr"`, `provider "replication"`, "= ccr\n", "= replication\n")
			w.planEmpty()
			rewrite("= ccr\n", "= opensearch.paris\n")
			w.planFails().says(`opensearch-project/opensearch does not support resource type "opensearch_ccr_connection"`)
			rewrite()
		})
	})

	t.Run("proxy-connection", func(t *testing.T) {
		write(t, d.leader, "orders", 1, 4)
		w := newWorkspace(t, "TF_VAR_paris_token=token-secret")
		w.secrets = func() []string { return []string{"token-secret"} }
		w.example("proxy-connection", "https://paris.example.com:9200", d.open(gateway.Options{BearerToken: "token-secret"}).URL(),
			"proxy.tokyo.example.com:9400", seed, "opensearch.tokyo.example.com", "opensearch.tokyo")
		w.live(func() { has(t, "tokyo-orders", 4) })
	})

	t.Run("central-reporting", func(t *testing.T) {
		paris, tokyo := newOwnLeader(t, "paris"), newOwnLeader(t, "tokyo")
		write(t, d.leader, "london-sales-2026", 1, 1)
		write(t, paris, "paris-sales-2026", 1, 2)
		write(t, tokyo, "tokyo-sales-2026", 1, 3)
		w := newWorkspace(t, "TF_VAR_reporting_password="+clusterPassword)
		w.secrets = func() []string { return []string{clusterPassword} }
		w.example("central-reporting", "https://reporting.example.com:9200", d.open(gateway.Options{Username: "terraform", Password: clusterPassword}).URL(),
			quoted("london-1.example.com:9300"), quoted(seed), quoted("paris-1.example.com:9300"), quoted(paris.TransportAddress()),
			quoted("tokyo-1.example.com:9300", "tokyo-2.example.com:9300"), quoted(tokyo.TransportAddress()))
		w.live(func() {
			has(t, "london-sales-2026", 1)
			has(t, "paris-sales-2026", 2)
			has(t, "tokyo-sales-2026", 3)
		})
	})

	t.Run("amazon-domains", func(t *testing.T) {
		write(t, d.leader, "orders-2026", 1, 5)
		// Amazon's own API connects domains, and its users cannot.
		ask(t, d.follower, http.MethodPut, "/_cluster/settings", map[string]any{"persistent": map[string]any{"cluster.remote.virginia.seeds": []string{seed}}})
		d.follower.Gateway().AmazonFilter(true)
		d.follower.Gateway().BlockClusterSettings(true)
		caller := aws.Credentials{AccessKeyID: "AKIDCALLER", SecretAccessKey: "caller-secret"}
		role := aws.Credentials{AccessKeyID: "AKIDROLE", SecretAccessKey: "role-secret", SessionToken: "role-session"}
		sts := fakeSTS(t, caller.AccessKeyID, role, "RoleArn=arn%3Aaws%3Aiam%3A%3A123456789012%3Arole%2Freplication")
		w := newWorkspace(t, "AWS_ACCESS_KEY_ID=AKIDCALLER", "AWS_SECRET_ACCESS_KEY=caller-secret", "AWS_ENDPOINT_URL_STS="+sts, "AWS_EC2_METADATA_DISABLED=true")
		w.secrets = func() []string { return []string{"caller-secret", "role-secret", "role-session"} }
		w.example("amazon-domains", "https://search-paris-abc123.eu-west-3.es.amazonaws.com",
			d.open(gateway.Options{Authenticate: verifier{role, "eu-west-3", "es"}.check}).URL())
		w.live(func() { has(t, "orders-2026", 5) })
	})
}

// The snippets that the documentation shows, together with the provider's.
func TestExamples_SnippetsAreValid(t *testing.T) {
	t.Parallel()
	skipUnlessAcceptance(t)
	snippets, err := filepath.Glob(filepath.Join("..", "..", "examples", "*", "opensearch_ccr_*", "*.tf"))
	if err != nil || len(snippets) == 0 {
		t.Fatal("no snippets", err)
	}
	for _, snippet := range snippets {
		base := filepath.Base(snippet)
		if base != "resource.tf" && base != "data-source.tf" {
			continue // imports belong to a resource; by identity they need Terraform 1.12
		}
		w := newWorkspace(t)
		text, err := os.ReadFile(snippet)
		if err != nil {
			t.Fatal(err)
		}
		w.write(string(text))
		if r := w.terraform("validate"); r.code != 0 {
			t.Errorf("%s is not valid:\n%s", snippet, r.output)
		}
	}
}
