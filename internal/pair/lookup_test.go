// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package pair

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/aiven"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/ccr"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/replication"
)

// Sizes that cannot be read are not known, with the reason; no plan fails for them.
func TestLookup_Sizes(t *testing.T) {
	t.Parallel()
	var status, requests atomic.Int32
	status.Store(http.StatusOK)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		requests.Add(1)
		w.WriteHeader(int(status.Load()))
		_, _ = io.WriteString(w, `[{"index":"movies","status":"open","health":"green","rep":"1","pri.store.size":"208"}]`)
	}))
	t.Cleanup(server.Close)
	lookup := func() *Lookup {
		o := newPlane().operator()
		o.connect = func(at aiven.Connection) (*replication.Reader, error) {
			return replication.NewReader(replication.Config{URL: at.URL, Clock: o.clock})
		}
		return NewLookup(o)
	}
	at := func(url string) aiven.Service {
		s := service(leader, ccr.ServiceRunning)
		s.Connection.URL = url
		return s
	}
	off, elsewhere := at(server.URL), at("")
	database := at(server.URL)
	database.Type = "pg"
	off.State, elsewhere.Route, elsewhere.Routes = ccr.ServicePowerOff, "public", []string{"dynamic"}
	for name, tt := range map[string]struct {
		of   aiven.Service
		want string
	}{
		"of another type":     {database, "service acme/search-us is of type pg"},
		"powered off":         {off, "service acme/search-us is powered off"},
		"no address yet":      {at(""), "service acme/search-us (state RUNNING) has no address yet"},
		"no address there":    {elsewhere, "service acme/search-us has no address on route public. Set aiven.route in the provider block to a route that it has: dynamic"},
		"no address at all":   {at("://"), `service acme/search-us: cluster address "://" is not of the form https://HOST:PORT`},
		"nothing listens":     {at("http://127.0.0.1:1"), "GET http://127.0.0.1:1/_cat/indices"},
		"the cluster answers": {at(server.URL), ""},
	} {
		found, err := lookup().Sizes(t.Context(), tt.of)
		why, unknown := found.Unknown()
		if err != nil || unknown != (tt.want != "") || !strings.HasPrefix(why, tt.want) {
			t.Errorf("%s: %v, unknown %q, want %q", name, err, why, tt.want)
		}
	}

	requests.Store(0)
	shared := lookup()
	for range 3 {
		found, err := shared.Sizes(t.Context(), at(server.URL))
		if sizes, _ := found.Value(); err != nil || len(sizes) != 1 || sizes[0].Name != "movies" || sizes[0].Replicas != 1 {
			t.Errorf("got %+v, %v", sizes, err)
		}
	}
	if n := requests.Load(); n != 1 {
		t.Errorf("%d requests, want 1 for all", n)
	}
	status.Store(http.StatusForbidden)
	found, err := lookup().Sizes(t.Context(), at(server.URL))
	if why, unknown := found.Unknown(); err != nil || !unknown || !strings.Contains(why, "status 403") {
		t.Errorf("refused: %v, unknown %q", err, why)
	}
	interrupted, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := lookup().Sizes(interrupted, at(server.URL)); !errors.Is(err, context.Canceled) {
		t.Errorf("interrupted: %v", err)
	}
}
