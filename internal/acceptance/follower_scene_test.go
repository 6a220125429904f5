// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package acceptance

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"strings"
	"testing"

	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/sandbox/controlplane"
)

// newPaperScene is a scene whose services the API knows and that have no nodes,
// since their builds are held: for what the control plane alone decides.
func newPaperScene(t *testing.T) *scene {
	t.Helper()
	skipUnlessAcceptance(t)
	s := &scene{t: t, sandbox: testSandbox(t)}
	s.project = s.sandbox.NewProject()
	s.sandbox.ControlPlane().HoldBuild(controlplane.ServiceRef{Project: s.project})
	return s
}

// api makes a request to the control plane that must succeed, as another user of it.
func (s *scene) api(method, path string, body any) map[string]any {
	s.t.Helper()
	raw, err := json.Marshal(body)
	if err != nil {
		s.t.Fatal(err)
	}
	request, err := http.NewRequestWithContext(s.t.Context(), method, s.sandbox.APIURL()+"/v1/project/"+s.project+path, bytes.NewReader(raw))
	if err != nil {
		s.t.Fatal(err)
	}
	request.Header.Set("Authorization", "aivenv1 "+s.sandbox.Token())
	request.Header.Set("Content-Type", "application/json")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		s.t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }() // decoded here
	var answer map[string]any
	if err := json.NewDecoder(response.Body).Decode(&answer); err != nil {
		s.t.Fatalf("%s %s: %v", method, path, err)
	}
	if response.StatusCode != http.StatusOK {
		s.t.Fatalf("%s %s: %d %v", method, path, response.StatusCode, answer)
	}
	return answer
}

// paper makes a service without a node.
func (s *scene) paper(name string, request map[string]any) {
	s.t.Helper()
	body := map[string]any{"service_type": "opensearch", "service_name": name, "plan": "business-4", "cloud": "aws-us-east-1"}
	maps.Copy(body, request)
	s.api(http.MethodPost, "/service", body)
}

// shown is a service as the API shows it.
func (s *scene) shown(name string) map[string]any {
	s.t.Helper()
	service, ok := s.api(http.MethodGet, "/service/"+name, nil)["service"].(map[string]any)
	if !ok {
		s.t.Fatalf("the API does not show service %s", name)
	}
	return service
}

// exists reports whether the API knows a service.
func (s *scene) exists(name string) bool {
	s.t.Helper()
	services, ok := s.api(http.MethodGet, "/service", nil)["services"].([]any)
	if !ok {
		s.t.Fatal("the API lists no services")
	}
	for _, listed := range services {
		if service, ok := listed.(map[string]any); ok && service["service_name"] == name {
			return true
		}
	}
	return false
}

// workspace is a workspace with the scene's access in its environment.
func (s *scene) workspace() *workspace {
	s.t.Helper()
	w := newWorkspace(s.t, "AIVEN_TOKEN="+s.sandbox.Token(), "AIVEN_PROJECT="+s.project, "AIVEN_WEB_URL="+s.sandbox.APIURL())
	w.secrets = func() []string {
		secrets := []string{s.sandbox.Token()}
		for _, name := range []string{leaderName, "search-eu"} {
			if service, there := s.sandbox.Service(s.project, name); there {
				secrets = append(secrets, service.Password())
			}
		}
		return secrets
	}
	return w
}

// follower is the configuration of a follower with these attributes; those of
// the three that are required may be replaced.
func follower(attributes ...string) string {
	required := map[string]string{"leader_service_name": leaderName, "service_name": "search-eu", "cloud_name": "aws-eu-west-1"}
	var b strings.Builder
	b.WriteString("resource \"opensearch_ccr_follower\" \"test\" {\n")
	for _, name := range []string{"leader_service_name", "service_name", "cloud_name"} {
		replaced := false
		for _, a := range attributes {
			replaced = replaced || strings.HasPrefix(a, name+" ")
		}
		if !replaced {
			fmt.Fprintf(&b, "  %s = %q\n", name, required[name])
		}
	}
	for _, a := range attributes {
		fmt.Fprintf(&b, "  %s\n", a)
	}
	b.WriteString("}\n")
	return b.String()
}

// requests counts the requests to the scene's project of one operation; an
// empty one counts all.
func (s *scene) requests(operation controlplane.Operation) int {
	count := 0
	for _, r := range s.sandbox.ControlPlane().Requests(s.project) {
		if operation == "" || r.Operation == operation {
			count++
		}
	}
	return count
}

func (s *scene) forgetRequests() { s.sandbox.ControlPlane().ResetRequests(s.project) }

// indices are the names of the indices that are not hidden, in order.
func indices(t *testing.T, at asker) string {
	t.Helper()
	var listed []struct {
		Index string `json:"index"`
	}
	if err := json.Unmarshal(ask(t, at, http.MethodGet, "/_cat/indices?format=json&h=index&expand_wildcards=open,closed&s=index", nil), &listed); err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, l := range listed {
		if !strings.HasPrefix(l.Index, ".") {
			names = append(names, l.Index)
		}
	}
	return strings.Join(names, " ")
}

// indexUUID is the identity of an index: another one after a deletion.
func indexUUID(t *testing.T, at asker, index string) string {
	t.Helper()
	var listed []struct {
		UUID string `json:"uuid"`
	}
	if err := json.Unmarshal(ask(t, at, http.MethodGet, "/_cat/indices/"+index+"?format=json&h=uuid", nil), &listed); err != nil || len(listed) != 1 {
		t.Fatalf("index %s: %v, %v", index, listed, err)
	}
	return listed[0].UUID
}
