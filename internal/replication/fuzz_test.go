// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package replication

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"unicode/utf8"

	"os"

	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/ccr"
)

// same answers every request alike, without a network.
type same struct {
	status int
	body   string
	// path is of the last request; several may be under way.
	path atomic.Value
}

func (s *same) RoundTrip(r *http.Request) (*http.Response, error) {
	s.path.Store(r.URL.RequestURI())
	return &http.Response{StatusCode: s.status, Header: http.Header{"Location": {"/elsewhere"}}, Body: io.NopCloser(strings.NewReader(s.body)), Request: r}, nil
}

// addRecordings adds every answer in the recordings of the real plugin.
func addRecordings(f *testing.F, add func(status int, answer string)) {
	f.Helper()
	files, err := filepath.Glob("../sandbox/recording/testdata/*.json")
	if err != nil || len(files) == 0 {
		f.Fatalf("no recordings: %v", err)
	}
	for _, file := range files {
		content, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		var recording struct {
			Steps []struct {
				Status int             `json:"status"`
				Answer json.RawMessage `json:"answer"`
			} `json:"steps"`
		}
		if err := json.Unmarshal(content, &recording); err != nil {
			f.Fatalf("%s: %v", file, err)
		}
		for _, step := range recording.Steps {
			add(step.Status, string(step.Answer))
		}
	}
}

// Whatever a cluster answers, reading it ends with a value or with an error that
// says what was asked, and proves nothing that the answer does not say.
func FuzzAnswers(f *testing.F) {
	addRecordings(f, func(status int, answer string) { f.Add(status, answer) })
	for _, odd := range []string{"", "null", "[]", "{}", "0", `""`, `{"a":null}`, `[null]`, `{"error":null}`, `{"error":{"caused_by":{"caused_by":{}}}}`,
		`{"hits":{"hits":[null,{"_source":null}]}}`, `{"persistent":{"cluster.remote.lead.seeds":[],"cluster.remote.":"x","cluster.remote.lead.mode":null}}`,
		`{"a":{"settings":{"index":{"uuid":1e999,"x":[{}]}}}}`, "<html><title>502</title>", "\xff\x00"} {
		f.Add(200, odd)
		f.Add(404, odd)
		f.Add(503, odd)
	}
	f.Fuzz(func(t *testing.T, status int, body string) {
		if status < 200 || status > 599 {
			t.Skip("Go's HTTP client passes on no such status")
		}
		server := &same{status: status, body: body}
		clock := newClock()
		reader, err := NewReader(Config{URL: "http://follower.test:9200", Clock: clock, Transport: server})
		if err != nil {
			t.Fatal(err)
		}
		ctx := t.Context()
		checkError := func(what string, err error) {
			if err == nil {
				return
			}
			text := err.Error()
			if !strings.Contains(text, "GET http://follower.test:9200") || !utf8.ValidString(text) {
				t.Errorf("%s: the error does not say what was asked, or cannot be shown: %q", what, text)
			}
		}
		for what, read := range map[string]func(context.Context) error{
			"connections":     func(ctx context.Context) error { _, err := reader.Connections(ctx); return err },
			"indices":         func(ctx context.Context) error { _, err := reader.listIndices(ctx); return err },
			"cluster state":   func(ctx context.Context) error { _, err := reader.clusterState(ctx); return err },
			"nodes":           func(ctx context.Context) error { _, err := reader.remoteClients(ctx); return err },
			"tasks":           func(ctx context.Context) error { _, err := reader.replicationTasks(ctx); return err },
			"records":         func(ctx context.Context) error { _, err := reader.ReadRecords(ctx); return err },
			"marks":           func(ctx context.Context) error { _, err := reader.marks(ctx, nil); return err },
			"index settings":  func(ctx context.Context) error { _, err := reader.ReadIndexSettings(ctx); return err },
			"remote settings": func(ctx context.Context) error { _, err := reader.ReadRemoteSettings(ctx); return err },
			"statistics":      func(ctx context.Context) error { _, err := reader.FollowerStats(ctx); return err },
			"rules":           func(ctx context.Context) error { _, err := reader.RuleStats(ctx); return err },
			"leader indices":  func(ctx context.Context) error { _, err := reader.LeaderIndices(ctx, "lead", "*"); return err },
			"status": func(ctx context.Context) error {
				s, err := reader.Replication(ctx, "a")
				if err != nil && s.State != ccr.StateUnknown {
					t.Errorf("an error, and yet the state is %q", s.State)
				}
				return err
			},
		} {
			checkError(what, read(ctx))
		}
		missing, err := reader.IndexMissing(ctx, "a")
		checkError("index", err)
		if missing && (status < 300 || !strings.Contains(body, "index_not_found_exception")) {
			t.Errorf("%d %q is taken for a proof that an index does not exist", status, body)
		}
		gone, err := reader.searchLeader(ctx, "lead", "a")
		checkError("search", err)
		if gone && (status < 300 || !strings.Contains(body, "index_not_found_exception")) {
			t.Errorf("%d %q is taken for a proof that the leader has no such index", status, body)
		}
		for _, question := range []Question{{Alias: "lead"}, {Alias: "lead", Only: []string{"a"}, LeaderIndex: "a"}, {Alias: "lead", Sources: true, Owned: ccr.NewByName(map[string]string{"a": "uuid"})}} {
			o, err := reader.Fresh().Observe(ctx, question)
			if err == nil && status > 299 && len(o.Gone) > 0 && !strings.Contains(body, "index_not_found_exception") {
				t.Errorf("%d %q: %v are taken for deleted", status, body, o.Gone)
			}
		}
	})
}

// A name changes neither the path nor the query of a request: it arrives as it is.
func FuzzPath(f *testing.F) {
	for _, name := range []string{"orders", "a b", "a/b", "../x", ".", "..", "a?b=c", "a#b", "a%2fb", "%", "a%00", "größe", "a,b", "*", "", "a;b", "a&b", "//", "a\r\nHost: x"} {
		f.Add(name)
	}
	f.Fuzz(func(t *testing.T, name string) {
		server := &same{status: 200, body: "{}"}
		client, err := New(Config{URL: "http://follower.test:9200/behind", Clock: newClock(), Transport: server})
		if err != nil {
			t.Fatal(err)
		}
		_, _ = client.Replication(t.Context(), name)
		asked, _ := server.path.Load().(string)
		if asked == "" {
			if name != "" && name != "." && name != ".." {
				t.Errorf("no request is made for %q", name)
			}
			return
		}
		want := "/behind/_plugins/_replication/" + url.PathEscape(name) + "/_status"
		if asked != want {
			t.Errorf("the request for %q goes to %q, want %q", name, asked, want)
		}
		arrived, err := url.ParseRequestURI(asked)
		if err != nil {
			t.Fatalf("%q: %v", asked, err)
		}
		segments := strings.Split(arrived.EscapedPath(), "/")
		got, err := url.PathUnescape(segments[4])
		if len(segments) != 6 || got != name || err != nil || arrived.RawQuery != "" {
			t.Errorf("%q arrives as %q of %q, %v", name, got, asked, err)
		}
		if name == "" || name == "." || name == ".." {
			t.Errorf("%q makes the path %q, which a server reads as another", name, asked)
		}
	})
}

// An address is refused or used as it is; its error shows no password.
func FuzzAddress(f *testing.F) {
	for _, address := range []string{"https://paris.example.com:9200", "http://[::1]:9200/behind", "https://user:secret@paris.example.com", "https://a?x=1", "https://a#b",
		"ftp://a", "//a", "https://", "%", "https://a:99999", "https://a b", "HTTPS://A"} {
		f.Add(address)
	}
	f.Fuzz(func(t *testing.T, address string) {
		server := &same{status: 200, body: "{}"}
		client, err := New(Config{URL: address, Clock: newClock(), Transport: server})
		if err != nil {
			// What is in no error as a whole is in none in part: none of them cuts an address.
			if u, failed := url.Parse(address); failed == nil && u.User != nil && strings.Contains(err.Error(), address) {
				t.Errorf("the error shows credentials: %v", err)
			}
			return
		}
		if strings.Contains(client.Name(), "@") {
			t.Errorf("%q holds credentials and is accepted", address)
		}
		_, err = client.FollowerStats(t.Context())
		if asked, _ := server.path.Load().(string); err == nil && !strings.HasSuffix(asked, "/_plugins/_replication/follower_stats") {
			t.Errorf("%q: the request goes to %q", address, asked)
		}
	})
}
