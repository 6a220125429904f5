// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package aiven

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/clock"
)

const ms = time.Millisecond

func TestRetries(t *testing.T) {
	const empty = `{"services":[],"service_integrations":[]}`
	read := func(ctx context.Context, c *Client) error { _, err := c.Services(ctx, "acme"); return err }
	remove := func(ctx context.Context, c *Client) error { return deleteService(ctx, c, "acme", "eu") }
	link := func(ctx context.Context, c *Client) error {
		_, err := c.CreateIntegration(ctx, ServiceRef{"acme", "us"}, ServiceRef{"acme", "eu"})
		return err
	}
	linked := says(200, `{"service_integration":{"service_integration_id":"i1"}}`)
	for _, test := range []struct {
		name    string
		call    func(context.Context, *Client) error
		replies []reply
		slept   []time.Duration
		fails   string
	}{
		{"read after 5xx", read, []reply{says(500, "{}"), says(502, "<html>"), says(504, ""), says(200, empty)}, []time.Duration{125 * ms, 250 * ms, 500 * ms}, ""},
		{"read after broken connections", read, []reply{broken, broken, says(200, empty)}, []time.Duration{125 * ms, 250 * ms}, ""},
		{"read gives up", read, slices.Repeat([]reply{refusal(503, "busy")}, 7), []time.Duration{125 * ms, 250 * ms, 500 * ms, 1000 * ms, 2000 * ms, 2000 * ms}, "503: busy"},
		{"powered off", read, []reply{refusal(503, "Service is powered off")}, nil, "Power the service on"},
		{"bad token", read, []reply{refusal(401, "Invalid token")}, nil, "401"},
		{"forbidden", read, []reply{refusal(403, "no")}, nil, "403"},
		{"not found", read, []reply{refusal(404, "Service eu does not exist")}, nil, "404"},
		{"not implemented", read, []reply{refusal(501, "no")}, nil, "501"},
		{"delete after a lost answer", remove, []reply{broken, refusal(404, "Service eu does not exist")}, []time.Duration{125 * ms}, ""},
		{"delete after 5xx", remove, []reply{refusal(500, "oops"), says(200, `{"message":"deleted"}`)}, []time.Duration{125 * ms}, ""},
		{"limit with header", read, []reply{limited("3", "{}"), says(200, empty)}, []time.Duration{3 * time.Second}, ""},
		{"limit with text", link, []reply{refusal(429, "Rate limit 120 exceeded - try again in 28s"), linked}, []time.Duration{28 * time.Second}, ""},
		{"limit without either", link, []reply{refusal(429, "slow down"), refusal(429, "slow down"), linked}, []time.Duration{125 * ms, 250 * ms}, ""},
		{"limit of zero is no tight loop", read, []reply{limited("0", "{}"), says(200, empty)}, []time.Duration{125 * ms}, ""},
		{"limit again and again", read, slices.Repeat([]reply{limited("100", "{}")}, 4), []time.Duration{100 * time.Second, 100 * time.Second, 100 * time.Second}, "429"},
		{"limit out of bounds", read, []reply{limited("9223372036854775807", "{}")}, nil, "429"},
		{"wrong leader is told at once", link, []reply{refusal(404, "Service us does not exist")}, nil, "404: Service us does not exist"},
		{"conflict", link, []reply{refusal(409, "already exists")}, nil, "409"},
	} {
		t.Run(test.name, func(t *testing.T) {
			c, api, clock := newFake(t, test.replies...)
			err := test.call(t.Context(), c)
			if (err == nil) != (test.fails == "") || err != nil && !strings.Contains(err.Error(), test.fails) {
				t.Errorf("error is %v, want %q in it", err, test.fails)
			}
			if !slices.Equal(clock.slept, test.slept) {
				t.Errorf("slept %v, want %v", clock.slept, test.slept)
			}
			if len(api.replies) > 0 {
				t.Errorf("%d replies were not asked for", len(api.replies))
			}
		})
	}
}

// roundTrips is a transport made of functions, one per attempt.
type roundTrips []func(*http.Request) (*http.Response, error)

func (r *roundTrips) RoundTrip(req *http.Request) (*http.Response, error) {
	next := (*r)[0]
	*r = (*r)[1:]
	return next(req)
}

func TestPost_IsRepeatedWhereNothingWasSent(t *testing.T) {
	refusedConnection := func(*http.Request) (*http.Response, error) {
		return nil, &net.OpError{Op: "dial", Net: "tcp", Err: syscall.ECONNREFUSED}
	}
	api := &fakeAPI{replies: []reply{says(200, `{"service_integration":{"service_integration_id":"i1"}}`)}}
	server := httptest.NewServer(api)
	defer server.Close()
	c, err := New(Config{Token: testToken, URL: server.URL, Clock: &fakeClock{}, Transport: &roundTrips{
		refusedConnection, refusedConnection, http.DefaultTransport.RoundTrip,
	}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.CreateIntegration(t.Context(), ServiceRef{"acme", "us"}, ServiceRef{"acme", "eu"}); err != nil {
		t.Fatal(err)
	}
	api.saw(t, "POST /v1/project/acme/integration")
}

func TestRetries_NotOfACertificate(t *testing.T) {
	server := httptest.NewUnstartedServer(&fakeAPI{})
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.StartTLS()
	defer server.Close()
	clock := &fakeClock{}
	c, err := New(Config{Token: testToken, URL: server.URL, Clock: clock})
	if err != nil {
		t.Fatal(err)
	}
	_, err = c.Services(t.Context(), "acme")
	var certificate *tls.CertificateVerificationError
	if !errors.As(err, &certificate) || len(clock.slept) > 0 {
		t.Errorf("error is %v after pauses %v", err, clock.slept)
	}
}

func TestAttempt_HasItsOwnTimeout(t *testing.T) {
	hang := make(chan struct{})
	c, api, _ := newFake(t, func(http.ResponseWriter) { <-hang }, says(200, `{"services":[]}`))
	defer close(hang)
	c.timeout = 500 * ms // long enough for the second answer on a busy machine
	if _, err := c.Services(t.Context(), "acme"); err != nil {
		t.Fatal(err)
	}
	api.saw(t, "GET /v1/project/acme/service", "GET /v1/project/acme/service")
}

func TestCancel_EndsABackOffAtOnce(t *testing.T) {
	c, _, _ := newFake(t, limited("60", `{"message":"Rate limit","errors":[{"message":"Rate limit","status":429}]}`))
	c.clock = clock.Real{}
	ctx, cancel := context.WithCancel(t.Context())
	c.log = func(context.Context, string, map[string]any) { time.AfterFunc(10*ms, cancel) }
	began := time.Now()
	_, err := c.Services(ctx, "acme")
	if !errors.Is(err, context.Canceled) || time.Since(began) > 10*time.Second {
		t.Errorf("error is %v after %v", err, time.Since(began))
	}
	if !strings.Contains(err.Error(), "429: Rate limit: the request was interrupted") {
		t.Errorf("the last answer is not told: %v", err)
	}
}

func TestCancel_EndsARequestAtOnce(t *testing.T) {
	hang := make(chan struct{})
	c, api, _ := newFake(t, func(http.ResponseWriter) { <-hang })
	defer close(hang)
	ctx, cancel := context.WithTimeout(t.Context(), 20*ms)
	defer cancel()
	began := time.Now()
	_, err := c.Services(ctx, "acme")
	if !errors.Is(err, context.DeadlineExceeded) || time.Since(began) > 10*time.Second {
		t.Errorf("error is %v after %v", err, time.Since(began))
	}
	api.saw(t, "GET /v1/project/acme/service")
}

func TestDeadline_BeforeTheNextAttemptEndsTheCall(t *testing.T) {
	c, _, clock := newFake(t, refusal(429, "Rate limit 120 exceeded - try again in 28s"))
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	_, err := c.Services(ctx, "acme")
	if err == nil || !strings.Contains(err.Error(), "-parallelism") || len(clock.slept) > 0 {
		t.Errorf("error is %v after pauses %v", err, clock.slept)
	}
}

func TestBackOff_IsJittered(t *testing.T) {
	for _, share := range []float64{0, 0.5, 0.999} {
		p := patience{jitter: func() float64 { return share }}
		for try := 1; try < 100; try++ {
			full := longestPause
			if try < 5 {
				full = firstPause << (try - 1)
			}
			if got := p.backOff(try); got < full/2 || got > full {
				t.Errorf("try %d, jitter %v: %v", try, share, got)
			}
		}
	}
}

func TestAskedPause(t *testing.T) {
	for _, test := range []struct {
		header, body string
		want         time.Duration
		ok           bool
	}{
		{"7", "", 7 * time.Second, true},
		{"Tue, 01 Jan 2019 00:00:00 GMT", "", 0, true},
		{"soon", "", 0, false},
		{"-1", "try again in 2s", 2 * time.Second, true},
		{"", "Rate limit 120 exceeded - try again in 28s", 28 * time.Second, true},
		{"", "try again in 1.5s", 1500 * ms, true},
		{"", "try again in 500ms.", 500 * ms, true},
		{"", "try again in 2m", 2 * time.Minute, true},
		{"", "try again later", 0, false},
	} {
		a := answer{header: http.Header{}, body: []byte(test.body)}
		a.header.Set("Retry-After", test.header)
		if got, ok := askedPause(a); got != test.want || ok != test.ok {
			t.Errorf("%q, %q: %v, %v", test.header, test.body, got, ok)
		}
	}
}

func TestAnswer_TooLarge(t *testing.T) {
	blanks := strings.Repeat(" ", 1<<20)
	sends := func(mebibytes int) reply {
		return func(w http.ResponseWriter) {
			_, _ = io.WriteString(w, `{"services":[]}`)
			for range mebibytes - 1 {
				_, _ = io.WriteString(w, blanks)
			}
		}
	}
	c, api, _ := newFake(t, sends(16), sends(18))
	if _, err := c.Services(t.Context(), "acme"); err != nil {
		t.Error(err)
	}
	if _, err := c.Services(t.Context(), "acme"); err == nil || !strings.Contains(err.Error(), "200: the answer is larger than 16 MiB and was not read") {
		t.Errorf("error is %v", err)
	}
	api.saw(t, "GET /v1/project/acme/service", "GET /v1/project/acme/service")
}

// No error says it in Go's words when a request ends without an answer, and
// what it was can still be told.
func TestCutOff_InPlainWords(t *testing.T) {
	const path = "GET /v1/project/acme/service (services of project acme): "
	for _, test := range []struct {
		name      string
		end       func(ctx context.Context) (context.Context, context.CancelFunc)
		want      string
		is        error
		transient bool
	}{
		{"interrupt", func(ctx context.Context) (context.Context, context.CancelFunc) {
			ctx, cancel := context.WithCancel(ctx)
			time.AfterFunc(10*ms, cancel)
			return ctx, cancel
		}, path + "the request was interrupted", context.Canceled, false},
		{"interrupt before", func(ctx context.Context) (context.Context, context.CancelFunc) {
			ctx, cancel := context.WithCancel(ctx)
			cancel()
			return ctx, cancel
		}, path + "the request was interrupted", context.Canceled, false},
		{"deadline", func(ctx context.Context) (context.Context, context.CancelFunc) {
			return context.WithTimeout(ctx, 10*ms)
		}, path + "the time limit of the operation was reached", context.DeadlineExceeded, false},
		{"silent server", context.WithCancel,
			path + "no answer within 50ms. Check that the API's address (the provider's aiven.api_url or AIVEN_WEB_URL) can be reached from here", context.DeadlineExceeded, true},
	} {
		t.Run(test.name, func(t *testing.T) {
			hang := make(chan struct{})
			c, _, _ := newFake(t, slices.Repeat([]reply{func(http.ResponseWriter) { <-hang }}, 7)...)
			defer close(hang)
			c.timeout = 50 * ms
			if !test.transient {
				c.timeout = time.Minute
			}
			ctx, cancel := test.end(t.Context())
			defer cancel()
			_, err := c.Services(ctx, "acme")
			if err == nil || err.Error() != test.want || !errors.Is(err, test.is) || IsTransient(err) != test.transient {
				t.Errorf("transient %v, error\n got %v\nwant %s", IsTransient(err), err, test.want)
			}
		})
	}
	foreign := &Error{Method: "GET", Path: "/", Cause: &url.Error{Op: "Get", URL: "/", Err: context.DeadlineExceeded}}
	if got := foreign.Error(); strings.Contains(got, "context") {
		t.Errorf("got %s", got)
	}
}

func TestIsTransient(t *testing.T) {
	for _, test := range []struct {
		name  string
		reply reply
		want  bool
	}{
		{"connection broken", broken, true},
		{"5xx", refusal(500, "oops"), true},
		{"proxy", says(502, "<html>"), true},
		{"limited", limited("200", `{"errors":[{"message":"slow down","status":429}]}`), true},
		{"powered off", refusal(503, "Service is powered off"), false},
		{"not implemented", refusal(501, "no"), false},
		{"bad token", refusal(401, "Invalid token"), false},
		{"forbidden", refusal(403, "no"), false},
		{"not found", refusal(404, "Service eu does not exist"), false},
		{"success of another shape", says(200, `{"services":7}`), false},
		{"success without its object", says(200, `{}`), false},
		{"success that is no JSON", says(200, "<html>"), false},
	} {
		t.Run(test.name, func(t *testing.T) {
			c, _, _ := newFake(t, slices.Repeat([]reply{test.reply}, 100)...)
			_, err := c.Services(t.Context(), "acme")
			if err == nil || IsTransient(err) != test.want {
				t.Errorf("transient: %v of %v", !test.want, err)
			}
		})
	}
	if IsTransient(nil) || IsTransient(io.EOF) {
		t.Error("only an error of the API is transient")
	}
}
