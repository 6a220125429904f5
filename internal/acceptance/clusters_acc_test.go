// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package acceptance

import (
	"crypto/tls"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"

	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/sandbox"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/sandbox/gateway"
)

// doors is a follower with no authentication of its own, before which each test
// opens a door with the kind that it is about.
type doors struct{ *duo }

func newDoors(t *testing.T) doors {
	t.Helper()
	d := newDuo(t)
	d.follower = ownCluster(t, d.prefix+"-follower", sandbox.ClusterOptions{})
	return doors{d}
}

func (d doors) open(options gateway.Options) *gateway.Gateway {
	d.t.Helper()
	options.Node = func() (string, bool) { return d.follower.URL(), true }
	door, err := gateway.Start(options)
	if err != nil {
		d.t.Fatal(err)
	}
	d.t.Cleanup(func() {
		if err := door.Close(); err != nil {
			d.t.Error(err)
		}
	})
	return door
}

// through is the configuration of a connection and a replication that go through a door.
func (d doors) through(door *gateway.Gateway, name string, access ...string) string {
	d.t.Helper()
	return fmt.Sprintf(`
provider "opensearch" {
  clusters = {
    here = {
      url = %q
      %s
    }
  }
}

resource "opensearch_ccr_connection" "test" {
  cluster = "here"
  name    = %q
  seeds   = [%q]
}

resource "opensearch_ccr_replication" "test" {
  cluster        = "here"
  follower_index = "%s-%s"
  leader_alias   = opensearch_ccr_connection.test.name
  leader_index   = %q
  on_destroy     = "delete_index"
}
`, door.URL(), strings.Join(access, "\n      "), d.name("lead-"+name), d.leader.TransportAddress(), d.prefix, name, d.name("movies"))
}

func heredoc(name, text string) string { return name + " = <<-EOT\n" + text + "EOT" }

// Each kind of authentication is seen by the server, and with a wrong one the
// error says so without the secret.
func TestClusters_Authentication(t *testing.T) {
	t.Parallel()
	d := newDoors(t)
	write(t, d.leader, d.name("movies"), 1, 2)
	ca, other := newAuthority(t, "the test's"), newAuthority(t, "another")
	certificate, key := ca.issue("terraform")
	mutual := ca.server()
	mutual.ClientAuth, mutual.ClientCAs = tls.RequireAndVerifyClientCert, ca.pool()
	trusted := heredoc("ca_certificate", ca.pem)
	basic := gateway.Options{Username: "admin", Password: clusterPassword, TLS: ca.server()}
	keys := aws.Credentials{AccessKeyID: "AKIDEXAMPLE", SecretAccessKey: "aws-secret", SessionToken: "aws-session"}
	signed := func(service string) gateway.Options {
		return gateway.Options{Authenticate: verifier{keys, "eu-west-3", service}.check}
	}
	awsKeys := func(service, secret string) string {
		return fmt.Sprintf(`aws = { region = "eu-west-3", service = %q, access_key = "AKIDEXAMPLE", secret_key = %q, session_token = "aws-session" }`, service, secret)
	}
	for _, c := range []struct {
		name    string
		door    gateway.Options
		access  []string
		refused string // what the error says; empty: it works
	}{
		{"basic", basic, []string{trusted, `username = "admin"`, fmt.Sprintf("password = %q", clusterPassword)}, ""},
		{"basic-wrong", basic, []string{trusted, `username = "admin"`, `password = "wrong-secret"`}, `GET https://\S+/_cluster/settings\?flat_settings=true: status 401.*Check the credentials`},
		{"bearer", gateway.Options{BearerToken: "token-secret"}, []string{`token = "token-secret"`}, ""},
		{"bearer-wrong", gateway.Options{BearerToken: "token-secret"}, []string{`token = "other-secret"`}, "status 401"},
		{"other-authority", basic, []string{heredoc("ca_certificate", other.pem), `username = "admin"`, fmt.Sprintf("password = %q", clusterPassword)}, "certificate signed by unknown authority"},
		{"unchecked", basic, []string{"insecure_skip_verify = true", `username = "admin"`, fmt.Sprintf("password = %q", clusterPassword)}, ""},
		{"client-certificate", gateway.Options{TLS: mutual}, []string{trusted, heredoc("client_certificate", certificate), heredoc("client_key", key)}, ""},
		{"no-client-certificate", gateway.Options{TLS: mutual}, []string{trusted}, "certificate required|bad certificate"},
		{"aws-es", signed("es"), []string{awsKeys("es", "aws-secret")}, ""},
		{"aws-aoss", signed("aoss"), []string{awsKeys("aoss", "aws-secret")}, ""},
		{"aws-wrong", signed("es"), []string{awsKeys("es", "wrong-secret")}, "status 403"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			config := d.through(d.open(c.door), c.name, c.access...)
			step := resource.TestStep{Config: config, ConfigPlanChecks: emptyPlan()}
			if c.refused != "" {
				step = resource.TestStep{Config: config, ExpectError: wrapped(c.refused)}
			}
			resource.Test(t, resource.TestCase{ProtoV6ProviderFactories: testProviders(), Steps: []resource.TestStep{step}})
		})
	}
}

// Credentials that the AWS SDK finds: a profile of the shared files, and a role
// that is assumed with it.
func TestClusters_AWSProfileAndRole(t *testing.T) {
	t.Parallel()
	d := newDoors(t)
	write(t, d.leader, d.name("movies"), 1, 2)
	profile := aws.Credentials{AccessKeyID: "AKIDPROFILE", SecretAccessKey: "profile-secret"}
	role := aws.Credentials{AccessKeyID: "AKIDROLE", SecretAccessKey: "role-secret", SessionToken: "role-session"}
	sts := fakeSTS(t, profile.AccessKeyID, role, "RoleArn=arn%3Aaws%3Aiam%3A%3A123456789012%3Arole%2Fterraform", "ExternalId=acme")
	files := t.TempDir()
	credentials := filepath.Join(files, "credentials")
	if err := os.WriteFile(credentials, []byte("[paris]\naws_access_key_id = AKIDPROFILE\naws_secret_access_key = profile-secret\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	environment := []string{
		"AWS_SHARED_CREDENTIALS_FILE=" + credentials, "AWS_CONFIG_FILE=" + filepath.Join(files, "config"),
		"AWS_ENDPOINT_URL_STS=" + sts, "AWS_EC2_METADATA_DISABLED=true",
	}
	for _, c := range []struct {
		name, access string
		keys         aws.Credentials
	}{
		{"profile", `aws = { region = "eu-west-3", profile = "paris" }`, profile},
		{"role", `aws = { region = "eu-west-3", profile = "paris", role_arn = "arn:aws:iam::123456789012:role/terraform", external_id = "acme" }`, role},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := newWorkspace(t, environment...)
			w.secrets = func() []string { return []string{"profile-secret", "role-secret", "role-session"} }
			w.write(d.through(d.open(gateway.Options{Authenticate: verifier{c.keys, "eu-west-3", "es"}.check}), c.name, c.access))
			w.apply()
			w.planEmpty()
			w.destroy()
		})
	}
}

// fakeSTS gives out the keys of a role to who signs with the caller's: there is
// no Amazon in the sandbox, and what is asked of it is one request.
func fakeSTS(t *testing.T, caller string, role aws.Credentials, asked ...string) string {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		for _, part := range append(asked, "Action=AssumeRole") {
			if !strings.Contains(string(body), part) {
				t.Errorf("the request for a role does not have %s: %s", part, body)
			}
		}
		if !strings.Contains(r.Header.Get("Authorization"), "Credential="+caller+"/") {
			t.Errorf("the role is asked for with other keys than the caller's: %s", r.Header.Get("Authorization"))
		}
		w.Header().Set("Content-Type", "text/xml")
		fmt.Fprintf(w, `<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleResult><Credentials>
<AccessKeyId>%s</AccessKeyId><SecretAccessKey>%s</SecretAccessKey><SessionToken>%s</SessionToken><Expiration>2099-01-01T00:00:00Z</Expiration>
</Credentials></AssumeRoleResult></AssumeRoleResponse>`, role.AccessKeyID, role.SecretAccessKey, role.SessionToken)
	}))
	t.Cleanup(server.Close)
	return server.URL
}
