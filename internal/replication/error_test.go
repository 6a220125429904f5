// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package replication

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/ccr"
)

// withURL puts the address of the fake, which differs each time, into a text.
func withURL(text string, c *cluster) string { return strings.ReplaceAll(text, "URL", c.url) }

func TestError_Text(t *testing.T) {
	const start = "PUT URL/_plugins/_replication/a/_start: "
	for name, tt := range map[string]struct {
		answer reply
		want   string
	}{
		"root cause that says the same": {
			refused(404, "index_not_found_exception", "no such index [a]"),
			start + "status 404, index_not_found_exception: no such index [a]",
		},
		"root cause that says more": { // recording 14
			reply{500, `{"error":{"root_cause":[{"type":"resource_already_exists_exception","reason":"task with id {autofollow:lead:r1} already exist"}],
				"type":"exception","reason":"Exisiting autofollow replication rule cannot be recreated/updated",
				"caused_by":{"type":"resource_already_exists_exception","reason":"task with id {autofollow:lead:r1} already exist"}},"status":500}`},
			start + "status 500, exception: Exisiting autofollow replication rule cannot be recreated/updated " +
				"(root cause: resource_already_exists_exception: task with id {autofollow:lead:r1} already exist)",
		},
		"causes of causes": {
			reply{500, `{"error":{"root_cause":[{"type":"x","reason":"first"},{"type":"x","reason":null}],"type":"exception","reason":"outer",
				"caused_by":{"type":"y","reason":"second","caused_by":{"type":"z","reason":"third"}}},"status":500}`},
			start + "status 500, exception: outer (root cause: x: first) (root cause: y: second) (root cause: z: third)",
		},
		"an error that is a text": {
			reply{400, `{"error":"no handler found for uri [/_plugins/_replication/a/_start] and method [PUT]"}`},
			start + "status 400: no handler found for uri [/_plugins/_replication/a/_start] and method [PUT]. The cluster does not have the cross-cluster-replication plugin",
		},
		"JSON that is not OpenSearch's": {
			reply{429, `{"Message":"Too many requests"}`},
			start + `status 429; the answer begins with "{\"Message\":\"Too many requests\"}"`,
		},
		"HTML": {
			reply{503, "<html>\n <head>\n  <title>503 Service Temporarily Unavailable</title>" + strings.Repeat(" ü", 200) + "</html>"},
			start + `status 503; the answer begins with "503 Service Temporarily Unavailable` + strings.Repeat(" ü", 55) + `…"`,
		},
		"nothing in it":      {reply{502, ""}, start + "status 502"},
		"credentials":        {reply{401, "Unauthorized"}, start + `status 401; the answer begins with "Unauthorized". Check the credentials of this cluster`},
		"permission":         {forbidden, start + "status 403, security_exception: no permissions for [cluster:monitor] and User [name=avnadmin]. User avnadmin needs a role with the permission cluster:monitor. The guide \"Security\" has the smallest role for each resource, on both clusters"},
		"permissions":        {refused(403, "security_exception", "no permissions for [indices:monitor/stats, indices:admin/get] and User [name=ada, backend_roles=[]]"), start + "status 403, security_exception: no permissions for [indices:monitor/stats, indices:admin/get] and User [name=ada, backend_roles=[]]. User ada needs a role with the permissions indices:monitor/stats, indices:admin/get. The guide \"Security\" has the smallest role for each resource, on both clusters"},
		"unnamed permission": {refused(403, "security_exception", "no"), start + "status 403, security_exception: no. The user does not have a permission. The guide \"Security\" has the smallest role for each resource, on both clusters"},
		"name taken":         {nameTaken, start + "status 400, illegal_argument_exception: Cant use same index again for replication. Delete the index:a. An index of that name exists on the follower. Delete it or follow under another name"},
		"no connection":      {refused(404, "no_such_remote_cluster_exception", "no such remote cluster: [lead]"), start + "status 404, no_such_remote_cluster_exception: no such remote cluster: [lead]. The follower has no connection of that name"},
		"history gone":       {leaseGone, start + "status 404, resource_not_found_exception: Retention lease doesn't exist. Replication can't be resumed for a. The leader no longer has the history that is needed. Delete the follower index and start the replication again"},
		"leader down":        {refused(500, "connect_transport_exception", "[][127.0.0.1:9301] connect_exception"), start + "status 500, connect_transport_exception: [][127.0.0.1:9301] connect_exception. The follower cannot reach its leader at this moment"},
		"status needs the leader": {
			leaderDown, start + "status 500, replication_exception: failed to fetch replication status. The follower cannot reach its leader at this moment",
		},
	} {
		t.Run(name, func(t *testing.T) {
			fake := newCluster(t)
			fake.on("PUT /_plugins/_replication/a/_start", tt.answer)
			assertError(t, fake.client(newClock()).Start(t.Context(), ccr.Start{FollowerIndex: "a", LeaderAlias: "lead", LeaderIndex: "a"}), withURL(tt.want, fake))
			if seen := fake.seen(); len(seen) != 1 {
				t.Errorf("a start was sent %d times: %q", len(seen), seen)
			}
		})
	}
}

// No redirect is followed: a POST would be sent twice, or become a GET. The
// message says where it leads to, without what may be secret, and what to check.
func TestError_Redirect(t *testing.T) {
	for _, status := range []int{301, 302, 303, 307, 308} {
		fake := newCluster(t)
		fake.on("POST /_plugins/_replication/a/_stop", reply{status, "https://me:secret@login.example.com/start?token=secret"})
		err := fake.client(newClock()).Stop(t.Context(), permitStop("a"))
		assertError(t, err, fmt.Sprintf("POST %s/_plugins/_replication/a/_stop: status %d, a redirect to \"https://login.example.com/start\". "+
			"A redirect is not followed. Check that the cluster's address has the right scheme, host, port and path", fake.url, status))
		if seen := fake.seen(); len(seen) != 1 {
			t.Errorf("%d: requests %q, want one", status, seen)
		}
	}
}

func TestError_AnswerThatIsNotWhatWasExpected(t *testing.T) {
	fake := newCluster(t)
	fake.on("GET /_remote/info", ok("<html>Welcome to the proxy</html>"))
	_, err := fake.client(newClock()).Connections(t.Context())
	assertError(t, err, withURL(`GET URL/_remote/info: status 200: the answer is not the JSON that was expected; the answer begins with "Welcome to the proxy"`, fake))
}

func TestError_NoAnswer(t *testing.T) {
	const dial = "dial tcp 127.0.0.1:9: connect: connection refused"
	client, err := New(Config{URL: "http://127.0.0.1:9200", Clock: newClock(), Transport: transportFunc(func(*http.Request) (*http.Response, error) {
		return nil, errors.New(dial)
	})})
	if err != nil {
		t.Fatal(err)
	}
	err = client.Stop(t.Context(), permitStop("a"))
	assertError(t, err, "POST http://127.0.0.1:9200/_plugins/_replication/a/_stop: no answer: "+dial+". Check that the cluster's address can be reached from where Terraform runs")
	if !IsUnreachable(err) || IsLeaderUnreachable(err) {
		t.Errorf("IsUnreachable %v, IsLeaderUnreachable %v", IsUnreachable(err), IsLeaderUnreachable(err))
	}
}

type transportFunc func(*http.Request) (*http.Response, error)

func (f transportFunc) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// After which errors the engine continues, and after which it gives up.
func TestError_Kinds(t *testing.T) {
	type kinds struct{ unreachable, leaderUnreachable, closed bool }
	answered := func(r reply) error {
		return newError("http://x", "GET", "/", &http.Response{StatusCode: r.status}, []byte(r.body))
	}
	for name, tt := range map[string]struct {
		err  error
		want kinds
	}{
		"none":                      {nil, kinds{}},
		"not of a cluster":          {errors.New("x"), kinds{}},
		"no answer":                 {&Error{Cause: errors.New("refused")}, kinds{unreachable: true}},
		"interrupted":               {&Error{Cause: context.Canceled}, kinds{}},
		"timed out":                 {&Error{Cause: context.DeadlineExceeded}, kinds{}},
		"proxy: not ready":          {answered(notReady), kinds{unreachable: true}},
		"proxy: bad gateway":        {answered(reply{502, ""}), kinds{unreachable: true}},
		"proxy: no answer":          {answered(reply{504, ""}), kinds{unreachable: true}},
		"too many":                  {answered(reply{429, ""}), kinds{}},
		"status without leader":     {answered(leaderDown), kinds{leaderUnreachable: true}},
		"start without leader":      {answered(refused(500, "connect_transport_exception", "x")), kinds{leaderUnreachable: true}},
		"connection removed":        {answered(refused(404, "no_such_remote_cluster_exception", "x")), kinds{leaderUnreachable: true}},
		"leader's node left":        {answered(refused(500, "node_disconnected_exception", "x")), kinds{leaderUnreachable: true}},
		"leader's node is gone":     {answered(refused(500, "node_not_connected_exception", "x")), kinds{leaderUnreachable: true}},
		"another failure of plugin": {answered(refused(500, "replication_exception", "x")), kinds{}},
		"closed by a role":          {answered(forbidden), kinds{closed: true}},
		"closed by Amazon":          {answered(reply{401, `{"Message":"Your request is not allowed."}`}), kinds{closed: true}},
		"closed by a proxy":         {answered(reply{405, "Method Not Allowed"}), kinds{closed: true}},
	} {
		t.Run(name, func(t *testing.T) {
			got := kinds{IsUnreachable(tt.err), IsLeaderUnreachable(tt.err), isClosedRoute(tt.err)}
			if got != tt.want {
				t.Errorf("got %+v, want %+v", got, tt.want)
			}
		})
	}
}
