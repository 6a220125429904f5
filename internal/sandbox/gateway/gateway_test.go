// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package gateway

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"errors"
	"io"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// fakeNode stands for a node where the question is what the gateway makes of its answers. It answers by
// path, and everything else with what it was asked.
func fakeNode(t *testing.T, answers map[string]string) string {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		if answer, ok := answers[r.URL.Path]; ok {
			_, _ = io.WriteString(w, answer)
			return
		}
		if r.Method == http.MethodHead {
			w.WriteHeader(http.StatusNotFound)
			return
		}
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		_ = json.NewEncoder(w).Encode(map[string]string{
			"method": r.Method, "path": r.URL.EscapedPath(), "query": r.URL.RawQuery,
			"authorization": r.Header.Get("Authorization"), "body": string(body),
		})
	}))
	t.Cleanup(server.Close)
	return server.URL
}

func startGateway(t *testing.T, options Options, answers map[string]string) *Gateway {
	t.Helper()
	if options.Node == nil {
		node := fakeNode(t, answers)
		options.Node = func() (string, bool) { return node, true }
	}
	g, err := Start(options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := g.Close(); err != nil {
			t.Error(err)
		}
	})
	return g
}

type answered struct {
	status int
	kind   string
	body   string
	header http.Header
}

func ask(t *testing.T, client *http.Client, g *Gateway, method, path, body string, prepare func(*http.Request)) (answered, error) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, g.URL()+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if prepare != nil {
		prepare(request)
	}
	response, err := client.Do(request)
	if err != nil {
		return answered{}, err
	}
	text, err := io.ReadAll(response.Body)
	if err := errors.Join(err, response.Body.Close()); err != nil {
		t.Fatal(err)
	}
	return answered{response.StatusCode, response.Header.Get("Content-Type"), string(text), response.Header}, nil
}

func get(t *testing.T, g *Gateway, path string) answered {
	t.Helper()
	return send(t, g, http.MethodGet, path)
}

func send(t *testing.T, g *Gateway, method, path string) answered {
	t.Helper()
	a, err := ask(t, http.DefaultClient, g, method, path, "", nil)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func (a answered) want(t *testing.T, status int, parts ...string) {
	t.Helper()
	for _, part := range parts {
		if !strings.Contains(a.body, part) {
			t.Errorf("got %d %s, want %s in it", a.status, a.body, part)
		}
	}
	if a.status != status {
		t.Errorf("got %d %s, want %d", a.status, a.body, status)
	}
}

func TestGateway_ForwardsPathsAndBodiesAsTheyAre(t *testing.T) {
	g := startGateway(t, Options{Username: "avnadmin", Password: "secret"}, nil)
	a, err := ask(t, http.DefaultClient, g, http.MethodPost, "/%3Clogs-%7Bnow%2Fd%7D%3E/_search?q=a%20b&size=1", `{"x":1}`,
		func(r *http.Request) { r.SetBasicAuth("avnadmin", "secret") })
	if err != nil {
		t.Fatal(err)
	}
	a.want(t, http.StatusOK, `"path":"/%3Clogs-%7Bnow%2Fd%7D%3E/_search"`, `"query":"q=a%20b\u0026size=1"`,
		`"body":"{\"x\":1}"`, `"method":"POST"`, `"authorization":""`)
}

func TestGateway_Authentication(t *testing.T) {
	basic := Options{Username: "avnadmin", Password: "secret"}
	bearer := Options{BearerToken: "token"}
	bodyMustBe := func(want string) Options {
		return Options{Authenticate: func(r *http.Request) error {
			body, err := io.ReadAll(r.Body)
			if err != nil || string(body) != want {
				return errors.New("the request signature does not match")
			}
			return nil
		}}
	}
	for _, test := range []struct {
		name      string
		options   Options
		prepare   func(*http.Request)
		status    int
		part      string
		challenge string
	}{
		{"basic", basic, func(r *http.Request) { r.SetBasicAuth("avnadmin", "secret") }, 200, `"body":"hello"`, ""},
		{"wrong password", basic, func(r *http.Request) { r.SetBasicAuth("avnadmin", "x") }, 401, "Unauthorized", "Basic"},
		{"wrong user", basic, func(r *http.Request) { r.SetBasicAuth("x", "secret") }, 401, "Unauthorized", "Basic"},
		{"no credentials", basic, nil, 401, "Unauthorized", "Basic"},
		{"bearer", bearer, func(r *http.Request) { r.Header.Set("Authorization", "Bearer token") }, 200, "hello", ""},
		{"wrong token", bearer, func(r *http.Request) { r.Header.Set("Authorization", "Bearer x") }, 401, "Unauthorized", "Bearer"},
		{"token without scheme", bearer, func(r *http.Request) { r.Header.Set("Authorization", "token") }, 401, "Unauthorized", "Bearer"},
		{"signed", bodyMustBe("hello"), nil, 200, `"body":"hello"`, ""},
		{"signed wrong", bodyMustBe("other"), nil, 403, `{"message":"the request signature does not match"}`, ""},
		{"open", Options{}, nil, 200, "hello", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			g := startGateway(t, test.options, nil)
			a, err := ask(t, http.DefaultClient, g, http.MethodPost, "/x", "hello", test.prepare)
			if err != nil {
				t.Fatal(err)
			}
			a.want(t, test.status, test.part)
			if challenge := a.header.Get("WWW-Authenticate"); !strings.HasPrefix(challenge, test.challenge) || (test.challenge == "") != (challenge == "") {
				t.Errorf("challenge %q, want %q", challenge, test.challenge)
			}
		})
	}
}

func TestGateway_TLSWithClientCertificate(t *testing.T) {
	ca, caKey := certificate(t, nil, nil, "ca")
	server, serverKey := certificate(t, ca, caKey, "127.0.0.1")
	user, userKey := certificate(t, ca, caKey, "terraform")
	pool := x509.NewCertPool()
	pool.AddCert(ca)
	g := startGateway(t, Options{TLS: &tls.Config{
		Certificates: []tls.Certificate{{Certificate: [][]byte{server.Raw}, PrivateKey: serverKey}},
		ClientCAs:    pool,
		ClientAuth:   tls.RequireAndVerifyClientCert,
	}}, nil)
	if !strings.HasPrefix(g.URL(), "https://127.0.0.1:") {
		t.Errorf("URL %s", g.URL())
	}
	client := func(config *tls.Config) *http.Client {
		transport := &http.Transport{TLSClientConfig: config}
		t.Cleanup(transport.CloseIdleConnections)
		return &http.Client{Transport: transport}
	}
	with := []tls.Certificate{{Certificate: [][]byte{user.Raw}, PrivateKey: userKey}}
	a, err := ask(t, client(&tls.Config{RootCAs: pool, Certificates: with}), g, http.MethodGet, "/x", "", nil)
	if err != nil {
		t.Fatal(err)
	}
	a.want(t, http.StatusOK, `"path":"/x"`)
	if _, err := ask(t, client(&tls.Config{RootCAs: pool}), g, http.MethodGet, "/x", "", nil); err == nil {
		t.Error("it serves a client without a certificate")
	}
	if _, err := ask(t, client(&tls.Config{Certificates: with}), g, http.MethodGet, "/x", "", nil); err == nil {
		t.Error("a client that does not know the CA trusts it")
	}
}

// certificate makes a certificate that parent signs, or a CA where parent is nil.
func certificate(t *testing.T, parent *x509.Certificate, parentKey *ecdsa.PrivateKey, name string) (*x509.Certificate, *ecdsa.PrivateKey) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: name},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
	}
	if parent == nil {
		template.IsCA, template.BasicConstraintsValid, template.KeyUsage = true, true, x509.KeyUsageCertSign
		parent, parentKey = template, key
	}
	raw, err := x509.CreateCertificate(rand.Reader, template, parent, &key.PublicKey, parentKey)
	if err != nil {
		t.Fatal(err)
	}
	made, err := x509.ParseCertificate(raw)
	if err != nil {
		t.Fatal(err)
	}
	return made, key
}

func TestGateway_WithoutNodeIsA503ThatIsNotJSON(t *testing.T) {
	var up atomic.Bool
	gone := httptest.NewServer(nil)
	gone.Close()
	g := startGateway(t, Options{Node: func() (string, bool) { return gone.URL, up.Load() }}, nil)
	for _, state := range []bool{false, true} { // known to be down; thought to be up
		up.Store(state)
		a := get(t, g, "/_cluster/health")
		a.want(t, http.StatusServiceUnavailable, "<html>")
		if a.kind != "text/html" {
			t.Errorf("content type %q", a.kind)
		}
	}
}

func TestGateway_MiddlewareAnswersBeforeTheNode(t *testing.T) {
	g := startGateway(t, Options{Middleware: func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if strings.HasPrefix(r.URL.Path, "/_plugins/") {
				_, _ = io.WriteString(w, "stand-in")
				return
			}
			next.ServeHTTP(w, r)
		})
	}}, nil)
	get(t, g, "/_plugins/_replication/x/_status").want(t, http.StatusOK, "stand-in")
	get(t, g, "/x").want(t, http.StatusOK, `"path":"/x"`)
}

func TestGateway_Requests(t *testing.T) {
	g := startGateway(t, Options{Username: "u", Password: "p"}, nil)
	get(t, g, "/a%2Fb?x=1")
	_, err := ask(t, http.DefaultClient, g, http.MethodPut, "/c", "{}", func(r *http.Request) { r.SetBasicAuth("u", "p") })
	if err != nil {
		t.Fatal(err)
	}
	requests := g.Requests()
	want := []Request{
		{Method: "GET", Path: "/a%2Fb", Query: "x=1", Status: 401},
		{Method: "PUT", Path: "/c", Status: 200},
	}
	if len(requests) != 2 || requests[0] != want[0] || requests[1] != want[1] {
		t.Errorf("got %v, want %v", requests, want)
	}
	if s := requests[0].String(); s != "GET /a%2Fb?x=1" {
		t.Errorf("String() = %q", s)
	}
	g.ForgetRequests()
	if left := g.Requests(); len(left) != 0 {
		t.Errorf("after ForgetRequests: %v", left)
	}
}

func TestGateway_DelayEndsWithTheClient(t *testing.T) {
	g := startGateway(t, Options{}, nil)
	g.Delay(Match{Path: "/slow*"}, time.Hour)
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, g.URL()+"/slow/x", bytes.NewReader(nil))
	if err != nil {
		t.Fatal(err)
	}
	if response, err := http.DefaultClient.Do(request); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v %v, want the deadline", response, err)
	}
	get(t, g, "/quick").want(t, http.StatusOK)
	if requests := g.Requests(); requests[0].Status != 0 || requests[1].Status != http.StatusOK {
		t.Errorf("requests %+v, want no status of the one that nobody waited for", requests)
	}
	g.Reset()
	get(t, g, "/slow/x").want(t, http.StatusOK)
}
