// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

// Package gateway is the door of an OpenSearch cluster of the sandbox, as the proxy of a managed service is:
// it terminates TLS, asks for credentials, answers 503 while the node is down, and forwards the rest.
//
// It is also where a test brings in faults and counts requests. Since it stands before whatever answers the
// replication API, the stand-in or the real plugin, a test that uses it means the same with both.
package gateway

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"sync"
	"time"
)

// Options of a gateway.
type Options struct {
	// Node returns the address of the node's HTTP API, like "http://127.0.0.1:9200", and whether there is
	// a node to ask; while there is none every request is a 503. It is asked for each request.
	Node func() (address string, up bool)
	// Middleware stands between the gateway and the node, like the stand-in of the CCR plugin. Nil is none.
	Middleware func(next http.Handler) http.Handler

	// Username and Password are asked for by basic authentication, unless Username is empty.
	Username, Password string
	// BearerToken is asked for, unless it is empty.
	BearerToken string
	// Authenticate decides about a request in another way, such as by its AWS signature. It may read the
	// body. Its error goes to the client in a 403. Nil lets all pass.
	Authenticate func(*http.Request) error
	// PassCredentials passes a request's credentials on to the node, which has the security plugin and judges
	// them, and asks for some.
	PassCredentials bool
	// TLS makes the gateway serve HTTPS with this configuration, which may ask for client certificates.
	TLS *tls.Config

	// Log gets what went wrong out of sight of any caller. Nil is none.
	Log func(format string, args ...any)

	// BlockClusterSettings refuses PUT _cluster/settings from the start, as Aiven does to its users.
	BlockClusterSettings bool
}

// Gateway serves one cluster on the loopback interface. Its methods may be called at the same time.
type Gateway struct {
	options  Options
	backend  http.Handler // the middleware and the node, without authentication and faults
	proxy    *http.Transport
	listener net.Listener
	server   *http.Server
	served   chan error

	mu       sync.Mutex
	requests []*Request
	faults   faults
	wedges   map[string]wedge // by follower index
	tasks    int              // that were left behind so far
}

// Start starts a gateway on a free port of 127.0.0.1.
func Start(options Options) (*Gateway, error) {
	if options.Log == nil {
		options.Log = func(string, ...any) {}
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("start a gateway: %w", err)
	}
	g := &Gateway{
		options:  options,
		listener: listener,
		// The nodes are on the loopback interface: no proxy of the environment.
		proxy:  &http.Transport{MaxIdleConnsPerHost: 32, IdleConnTimeout: 30 * time.Second, DisableCompression: true},
		served: make(chan error, 1),
		faults: faults{settingsBlocked: options.BlockClusterSettings},
		wedges: map[string]wedge{},
	}
	g.backend = g.forward()
	if options.Middleware != nil {
		g.backend = options.Middleware(g.backend)
	}
	g.server = &http.Server{
		Handler:           http.HandlerFunc(g.serve),
		ReadHeaderTimeout: 30 * time.Second,
		ErrorLog:          discard(),
	}
	if options.TLS != nil {
		g.listener = tls.NewListener(listener, options.TLS)
	}
	go func() { g.served <- g.server.Serve(g.listener) }()
	return g, nil
}

// URL is where the gateway serves, without credentials: "http://127.0.0.1:PORT", or https with TLS.
func (g *Gateway) URL() string {
	scheme := "http"
	if g.options.TLS != nil {
		scheme = "https"
	}
	return scheme + "://" + g.Addr().String()
}

// Addr is the address that the gateway listens on. It stays the same for the gateway's life.
func (g *Gateway) Addr() *net.TCPAddr {
	// The listener was made for TCP above.
	addr, _ := g.listener.Addr().(*net.TCPAddr)
	return addr
}

// Ask asks the cluster as the platform itself does, past authentication, faults and the list of requests.
// target is a path with its query, body JSON or nil. The error is that of a request that cannot be made; a
// cluster that is down answers 503.
func (g *Gateway) Ask(ctx context.Context, method, target string, body []byte) (status int, answer []byte, err error) {
	r, err := http.NewRequestWithContext(ctx, method, g.URL()+target, bytes.NewReader(body))
	if err != nil {
		return 0, nil, fmt.Errorf("%s %s: %w", method, target, err)
	}
	if len(body) > 0 {
		r.Header.Set("Content-Type", "application/json")
	}
	kept := &keptAnswer{header: http.Header{}, status: http.StatusOK}
	if _, up := g.options.Node(); up {
		g.backend.ServeHTTP(kept, r)
	} else {
		unavailable.write(kept)
	}
	return kept.status, kept.body, ctx.Err()
}

// Close stops serving and cuts the connections that are there.
func (g *Gateway) Close() error {
	err := g.server.Close()
	if served := <-g.served; !errors.Is(served, http.ErrServerClosed) {
		err = errors.Join(err, served)
	}
	g.proxy.CloseIdleConnections()
	return err
}

// NodeRestarted tells the gateway that the node ended and came back: what belonged to the old process is
// forgotten, which are connections and wedged tasks.
func (g *Gateway) NodeRestarted() {
	g.proxy.CloseIdleConnections()
	g.endWedges(func(string) bool { return true })
}

// serve answers one request of a client.
func (g *Gateway) serve(w http.ResponseWriter, r *http.Request) {
	seen := g.record(r)
	recorder := &statusRecorder{ResponseWriter: w}
	defer func() { g.recordStatus(seen, recorder.status) }()
	if !g.delay(r) {
		return // the client has gone
	}
	if refused := g.authenticate(r); refused != nil {
		refused.write(recorder)
		return
	}
	if answer := g.fault(r); answer != nil {
		answer.write(recorder)
		return
	}
	if _, up := g.options.Node(); !up {
		unavailable.write(recorder)
		return
	}
	g.wedged(g.filtered(g.backend)).ServeHTTP(recorder, r)
}

// forward is the reverse proxy to the node.
func (g *Gateway) forward() http.Handler {
	return &httputil.ReverseProxy{
		Transport: g.proxy,
		ErrorLog:  discard(),
		Rewrite: func(r *httputil.ProxyRequest) {
			address, _ := g.options.Node()
			target, err := url.Parse(address)
			if err != nil || target.Host == "" {
				// No address: the transport refuses the request, and the client gets the 503.
				target = &url.URL{Scheme: "http", Host: "127.0.0.1:0"}
			}
			r.SetURL(target)
			if !g.options.PassCredentials {
				// The node has no security plugin; credentials are not its business.
				r.Out.Header.Del("Authorization")
			}
			// What the middleware and the filters read must not be compressed.
			r.Out.Header.Del("Accept-Encoding")
		},
		ErrorHandler: func(w http.ResponseWriter, _ *http.Request, err error) {
			if errors.Is(err, context.Canceled) {
				return // the client has gone
			}
			unavailable.write(w)
		},
	}
}
