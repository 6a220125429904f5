// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package sandbox

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/sandbox/gateway"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/sandbox/node"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/sandbox/rights"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/sandbox/standin"
)

// Endpoint is an OpenSearch cluster of one node with its gateway.
type Endpoint struct {
	name               string
	sandbox            *Sandbox
	username, password string
	node               *node.Node
	plugin             *standin.Plugin // nil where the node has the plugin
	gateway            *gateway.Gateway
}

// startEndpoint starts a node and its gateway; door is the gateway's options but those of the node.
func (s *Sandbox) startEndpoint(ctx context.Context, name string, settings map[string]string, door gateway.Options) (*Endpoint, error) {
	options := node.Options{Name: name, Dir: s.options.Dir, Heap: s.options.Heap, Settings: settings}
	distribution := s.distribution
	if door.PassCredentials {
		var err error
		if distribution, options.Authority, err = s.secured(ctx); err != nil {
			return nil, err
		}
	}
	n, err := node.Start(ctx, distribution, options)
	if err != nil {
		return nil, err
	}
	e := &Endpoint{name: name, sandbox: s, username: door.Username, password: door.Password, node: n}
	door.Log = func(format string, args ...any) { s.options.Log("gateway of "+name+": "+format, args...) }
	door.Node = func() (string, bool) { return n.URL(), n.Running() }
	if !n.HasCCR() {
		e.plugin = standin.New(standin.Config{
			NodeURL: n.URL(),
			Version: n.Version(),
			Peer:    s.nodeURL,
			Timing:  s.options.Timing,
			Log: func(format string, args ...any) {
				s.options.Log("replication on "+name+": "+format, args...)
			},
		})
		door.Middleware = e.plugin.Handler
		if door.PassCredentials {
			judge := &rights.Judge{NodeURL: n.URL(), Peer: s.nodeURL}
			door.Middleware = func(next http.Handler) http.Handler { return judge.Handler(e.plugin.Handler(next)) }
		}
	}
	e.gateway, err = gateway.Start(door)
	if err != nil {
		if e.plugin != nil {
			e.plugin.Close()
		}
		return nil, errors.Join(err, n.Stop(ctx))
	}
	s.add(e)
	return e, nil
}

// close ends the cluster and removes its data.
func (e *Endpoint) close(ctx context.Context) error {
	err := e.gateway.Close()
	if e.plugin != nil {
		e.plugin.Close()
	}
	err = errors.Join(err, e.node.Stop(ctx))
	e.sandbox.remove(e)
	return err
}

// URL is where the cluster is reached, without credentials.
func (e *Endpoint) URL() string { return e.gateway.URL() }

// Username is the user of basic authentication; empty where it is not asked for.
func (e *Endpoint) Username() string { return e.username }

// Password is the password of the user.
func (e *Endpoint) Password() string { return e.password }

// Gateway is what is before the node: faults and the list of requests.
func (e *Endpoint) Gateway() *gateway.Gateway { return e.gateway }

// TransportAddress is the seed by which other clusters reach this one. It stays over restarts.
func (e *Endpoint) TransportAddress() string { return e.node.TransportAddress() }

// Dir is the folder of the node, which goes with it.
func (e *Endpoint) Dir() string { return e.node.Dir() }

// Kill ends the node with SIGKILL; the data stays. The gateway answers 503 from then on.
func (e *Endpoint) Kill() error { return e.node.Kill() }

// Freeze makes the cluster silent, as one in a region whose packets are dropped: connections stay open and
// nothing answers, neither to users nor to its followers, until [Endpoint.Thaw], [Endpoint.Restart],
// [Endpoint.Kill] or the end of the sandbox.
func (e *Endpoint) Freeze() error { return e.node.Freeze() }

// Thaw ends what Freeze did.
func (e *Endpoint) Thaw() error { return e.node.Thaw() }

// Restart ends the node in order if it runs, and starts it again on its data. It returns when the node
// answers; shards may still be recovering.
func (e *Endpoint) Restart(ctx context.Context) error {
	if err := e.node.Restart(ctx); err != nil {
		return err
	}
	e.gateway.NodeRestarted()
	if e.plugin != nil {
		e.plugin.NodeRestarted()
	}
	return nil
}

// Do sends a request as the platform's operator: past authentication, faults, blocked routes and the list
// of requests, so that what a test prepares and looks at does not mix with what the provider does. path may
// have a query. body is nil, a string or bytes that are sent as they are, or what is sent as JSON. A status
// is not an error; an answer that is not JSON is, with what it says.
func (e *Endpoint) Do(ctx context.Context, method, path string, body any) (status int, answer json.RawMessage, err error) {
	raw, err := encode(body)
	if err != nil {
		return 0, nil, fmt.Errorf("%s %s on %s: %w", method, path, e.name, err)
	}
	if !strings.HasPrefix(path, "/") {
		path = "/" + path
	}
	status, text, err := e.gateway.Ask(ctx, method, path, raw)
	if err != nil {
		return status, nil, fmt.Errorf("%s %s on %s: %w", method, path, e.name, err)
	}
	if len(text) > 0 && !json.Valid(text) {
		return status, nil, fmt.Errorf("%s %s on %s: %d %s: the answer is not JSON: %.300s",
			method, path, e.name, status, http.StatusText(status), text)
	}
	return status, text, nil
}

func encode(body any) ([]byte, error) {
	switch b := body.(type) {
	case nil:
		return nil, nil
	case []byte:
		return b, nil
	case json.RawMessage:
		return b, nil
	case string:
		return []byte(b), nil
	}
	return json.Marshal(body)
}

// must is Do where every status but a success is an error; it decodes the answer into out unless that is nil.
func (e *Endpoint) must(ctx context.Context, method, path string, body, out any) error {
	status, answer, err := e.Do(ctx, method, path, body)
	if err != nil {
		return err
	}
	if status < 200 || status > 299 {
		return &refusal{method: method, path: path, endpoint: e.name, status: status, answer: answer}
	}
	if out == nil {
		return nil
	}
	if err := json.Unmarshal(answer, out); err != nil {
		return fmt.Errorf("%s %s on %s: %w in %.300s", method, path, e.name, err, answer)
	}
	return nil
}

// refusal is an answer of OpenSearch that reports a failure.
type refusal struct {
	method, path, endpoint string
	status                 int
	answer                 json.RawMessage
}

func (r *refusal) Error() string {
	return fmt.Sprintf("%s %s on %s: %d %.500s", r.method, r.path, r.endpoint, r.status, r.answer)
}

// says tells whether err is a refusal with a text in its answer.
func says(err error, text string) bool {
	var r *refusal
	return errors.As(err, &r) && strings.Contains(string(r.answer), text)
}
