// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package replication

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/ccr"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/clock"
)

func TestNew_Addresses(t *testing.T) {
	for address, want := range map[string]string{
		"https://paris.example.com:9200":       "",
		"http://127.0.0.1:9200/":               "",
		"https://example.com/search/":          "",
		"":                                     `cluster address "" is not of the form https://HOST:PORT`,
		"paris.example.com:9200":               `cluster address "paris.example.com:9200" is not of the form https://HOST:PORT`,
		"ftp://paris.example.com":              `cluster address "ftp://paris.example.com" is not of the form https://HOST:PORT`,
		"https://":                             `cluster address "https://" is not of the form https://HOST:PORT`,
		"https://paris:9200//":                 "",
		"https://paris:9200//search":           `cluster address "https://paris:9200//search" has a part in its path that is empty or has only dots`,
		"https://paris:9200/a/../search":       `cluster address "https://paris:9200/a/../search" has a part in its path that is empty or has only dots`,
		"https://user:secret@paris:9200":       "the cluster address must not contain credentials: give user name and password on their own",
		"https//user:secret@paris:9200 a typo": "the cluster address must not contain credentials: give user name and password on their own",
	} {
		_, err := New(Config{URL: address})
		assertError(t, err, want)
	}
}

func TestClient_MakesNoRequestBeforeItIsAsked(t *testing.T) {
	fake := newCluster(t)
	NewEngine(fake.reader(newClock()), fake.client(newClock()), nil, nil)
	if seen := fake.seen(); len(seen) > 0 {
		t.Errorf("requests: %q", seen)
	}
}

func TestClient_Authentication(t *testing.T) {
	for name, tt := range map[string]struct {
		config func(*Config)
		want   string
	}{
		"none":  {func(*Config) {}, ""},
		"basic": {func(c *Config) { c.Username, c.Password = "user", "pass" }, "Basic dXNlcjpwYXNz"},
		"token": {func(c *Config) { c.Token = "abc" }, "Bearer abc"},
		"signature": {func(c *Config) {
			c.Signer = signerFunc(func(r *http.Request) error {
				r.Header.Set("Authorization", "AWS4 "+r.Method+" "+r.URL.EscapedPath())
				return nil
			})
		}, "AWS4 POST /_plugins/_replication/a%2Fb/_stop"},
	} {
		t.Run(name, func(t *testing.T) {
			fake := newCluster(t)
			got := ""
			fake.otherwise = func(r *http.Request, _ string) reply {
				got = r.Header.Get("Authorization")
				return acknowledged
			}
			if err := fake.client(newClock(), tt.config).Stop(t.Context(), permitStop("a/b")); err != nil {
				t.Fatal(err)
			}
			if got != tt.want {
				t.Errorf("Authorization %q, want %q", got, tt.want)
			}
		})
	}
}

type signerFunc func(*http.Request) error

func (f signerFunc) SignRequest(r *http.Request) error { return f(r) }

func TestClient_BehindAPathPrefix(t *testing.T) {
	fake := newCluster(t)
	fake.on("POST /search%20eu/_plugins/_replication/a%25b/_stop", noReplication)
	client := fake.client(newClock(), func(c *Config) { c.URL += "/search%20eu/" })
	assertError(t, client.Stop(t.Context(), permitStop("a%b")), "") // it has been stopped before
	assertLines(t, fake.seen(), []string{"POST /search%20eu/_plugins/_replication/a%25b/_stop {}"})
	if want := fake.url + "/search%20eu"; client.Name() != want {
		t.Errorf("Name %q, want %q", client.Name(), want)
	}
}

// What reads is tried again with growing pauses when a cluster or a proxy is not
// ready; what changes something is sent once, whatever comes.
func TestClient_Retries(t *testing.T) {
	const ms = time.Millisecond
	// Until 3 s are over.
	allPauses := []time.Duration{200 * ms, 300 * ms, 450 * ms, 675 * ms, 1012500 * time.Microsecond, 362500 * time.Microsecond}
	for name, tt := range map[string]struct {
		answers []reply
		pauses  []time.Duration
		want    string
	}{
		"at once":                {answers: []reply{ok(`{}`)}},
		"ready at the third try": {answers: []reply{notReady, {502, ""}, ok(`{}`)}, pauses: allPauses[:2]},
		"never ready": {
			answers: []reply{notReady}, pauses: allPauses,
			want: `GET URL/_remote/info: status 503; the answer begins with "503 Service Temporarily Unavailable"`,
		},
		"too many requests": {answers: []reply{{429, ""}, ok(`{}`)}, pauses: allPauses[:1]},
		"time out of proxy": {answers: []reply{{504, ""}, ok(`{}`)}, pauses: allPauses[:1]},
		"connection closed": {answers: []reply{connectionClosed, ok(`{}`)}, pauses: allPauses[:1]},
		"not found":         {answers: []reply{{404, ""}}, want: "GET URL/_remote/info: status 404"},
		"an error of OpenSearch": {
			answers: []reply{refused(500, "exception", "x")}, want: "GET URL/_remote/info: status 500, exception: x",
		},
	} {
		t.Run(name, func(t *testing.T) {
			fake, clock := newCluster(t), newClock()
			fake.on("GET /_remote/info", tt.answers...)
			_, err := fake.client(clock).Connections(t.Context())
			assertError(t, err, withURL(tt.want, fake))
			if !slices.Equal(clock.slept, tt.pauses) {
				t.Errorf("paused %v, want %v", clock.slept, tt.pauses)
			}
			if got, want := len(fake.seen()), len(tt.pauses)+1; got != want {
				t.Errorf("%d requests, want %d", got, want)
			}
		})
	}
}

func TestClient_SendsAChangeOnce(t *testing.T) {
	for name, answer := range map[string]reply{
		"not ready": notReady, "bad gateway": {502, ""}, "no answer of proxy": {504, ""}, "too many requests": {429, ""},
		// The transport of opensearch-go sends again after this one, retries off or not.
		"connection closed": connectionClosed,
	} {
		t.Run(name, func(t *testing.T) {
			fake, clock := newCluster(t), newClock()
			fake.otherwise = func(*http.Request, string) reply { return answer }
			client := fake.client(clock)
			for _, call := range []func() error{
				func() error {
					return client.Start(t.Context(), ccr.Start{FollowerIndex: "a", LeaderAlias: "lead", LeaderIndex: "a"})
				},
				func() error { return client.Stop(t.Context(), permitStop("a")) },
				func() error { return client.RemoveRule(t.Context(), permitRule("lead", "r")) },
				func() error { return client.DeleteIndex(t.Context(), permitDelete("a")) },
			} {
				fake.forget()
				if err := call(); !IsUnreachable(err) && answer.status != 429 || err == nil {
					t.Errorf("unexpected: %v", err)
				}
				if seen := fake.seen(); len(seen) != 1 {
					t.Errorf("sent %d times: %q", len(seen), seen)
				}
			}
			if len(clock.slept) > 0 {
				t.Errorf("paused %v", clock.slept)
			}
		})
	}
}

func TestClient_ConnectionClosedSaysSo(t *testing.T) {
	fake := newCluster(t)
	fake.on("POST /_plugins/_replication/a/_stop", connectionClosed)
	assertError(t, fake.client(newClock()).Stop(t.Context(), permitStop("a")), withURL("POST URL/_plugins/_replication/a/_stop: no answer: "+
		"the connection was closed before an answer came. Check that the cluster's address can be reached from where Terraform runs", fake))
}

func TestClient_AnswerThatBreaksOff(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "100")
		fmt.Fprint(w, `{"acknowledged"`)
	}))
	t.Cleanup(server.Close)
	client, err := New(Config{URL: server.URL, Clock: newClock()})
	if err != nil {
		t.Fatal(err)
	}
	err = client.Stop(t.Context(), permitStop("a"))
	assertError(t, err, "POST "+server.URL+"/_plugins/_replication/a/_stop: no answer: "+
		"the answer, status 200, broke off after 15 bytes. Check that the cluster's address can be reached from where Terraform runs")
	if !IsUnreachable(err) {
		t.Error("it does not count as unreachable")
	}
}

func TestClient_InterruptedWhileItPauses(t *testing.T) {
	fake, clock := newCluster(t), newClock()
	fake.on("GET /_remote/info", notReady)
	ctx, cancel := context.WithCancelCause(t.Context())
	interrupt := errors.New("interrupted by the user")
	clock.before = func(passed time.Duration) {
		if passed > 0 {
			cancel(interrupt)
		}
	}
	_, err := fake.client(clock).Connections(ctx)
	if !errors.Is(err, interrupt) || !strings.Contains(err.Error(), "status 503") {
		t.Errorf("neither the interrupt nor what was seen last: %v", err)
	}
	if seen := fake.seen(); len(seen) != 2 {
		t.Errorf("%d requests, want 2", len(seen))
	}
}

func TestClient_InterruptedWhileItAsks(t *testing.T) {
	fake, clock := newCluster(t), newClock()
	ctx, cancel := context.WithCancel(t.Context())
	fake.handle("GET /_remote/info", func(r *http.Request, _ string) reply {
		cancel()
		<-r.Context().Done()
		return connectionClosed
	})
	_, err := fake.client(clock).Connections(ctx)
	// No advice: the user knows.
	assertError(t, err, withURL("GET URL/_remote/info: the request was interrupted", fake))
	if !errors.Is(err, context.Canceled) || IsUnreachable(err) || len(clock.slept) > 0 {
		t.Errorf("%v, paused %v", err, clock.slept)
	}
}

// The log has what helps and no secret.
func TestClient_Log(t *testing.T) {
	fake, clock := newCluster(t), newClock()
	fake.on("POST /_plugins/_replication/a/_stop", noReplication, connectionClosed)
	var logged []string
	client := fake.client(clock, func(c *Config) {
		c.Username, c.Password = "user", "s3cret"
		c.Log = func(_ context.Context, message string, fields map[string]any) {
			logged = append(logged, fmt.Sprint(message, " ", fields))
		}
	})
	for range 2 {
		_ = client.Stop(t.Context(), permitStop("a")) // the second gets no answer
	}
	assertLines(t, logged, []string{
		withURL("request to cluster map[cluster:URL duration_ms:0 method:POST path:/_plugins/_replication/a/_stop status:400]", fake),
		withURL("request to cluster map[cluster:URL duration_ms:0 error:the connection was closed before an answer came method:POST path:/_plugins/_replication/a/_stop]", fake),
	})
}

// The transport is a server that takes every request and never answers.
func TestClient_SilentServer(t *testing.T) {
	const advice = "Check that the cluster's address can be reached from where Terraform runs"
	for name, tt := range map[string]struct {
		call  func(context.Context, *Client) error
		limit time.Duration
		want  string
	}{
		"a read": {
			func(ctx context.Context, c *Client) error { _, err := c.Connections(ctx); return err },
			readTime, "GET URL/_remote/info: no answer within 10s. " + advice,
		},
		"a read of the plugin": {
			func(ctx context.Context, c *Client) error { _, err := c.Replication(ctx, "a"); return err },
			readTime, "GET URL/_plugins/_replication/a/_status: no answer within 10s. " +
				"The plugin waits for a leader that does not answer. Once the connection to the leader is removed, the request succeeds",
		},
		"a write": {
			func(ctx context.Context, c *Client) error { return c.DeleteIndex(ctx, permitDelete("a")) },
			writeTime, "DELETE URL/a: no answer within 1m0s. " + advice,
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				fake := newCluster(t)
				fake.otherwise = func(*http.Request, string) reply { return hangs }
				start := time.Now()
				err := tt.call(t.Context(), fake.client(clock.Real{}))
				assertError(t, err, withURL(tt.want, fake))
				took(t, time.Since(start), tt.limit, tt.limit)
				// What was silent for its whole time is not asked again.
				if seen := fake.seen(); !isSilent(err) || !IsUnreachable(err) || len(seen) != 1 {
					t.Errorf("silent %v, unreachable %v, requests %q", isSilent(err), IsUnreachable(err), seen)
				}
			})
		})
	}
}

// A deadline of the caller's is not the server's silence.
func TestClient_DeadlineOfTheCaller(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fake := newCluster(t)
		fake.otherwise = func(*http.Request, string) reply { return hangs }
		ctx, cancel := context.WithTimeout(t.Context(), 4*time.Second)
		defer cancel()
		start := time.Now()
		_, err := fake.client(clock.Real{}).Connections(ctx)
		assertError(t, err, withURL("GET URL/_remote/info: no answer before the time was over", fake))
		if took(t, time.Since(start), 4*time.Second, 4*time.Second); isSilent(err) || IsUnreachable(err) {
			t.Errorf("silent %v, unreachable %v", isSilent(err), IsUnreachable(err))
		}
	})
}

// An answer that is too long stays too long, and the cluster can be reached.
func TestClient_AnswerThatIsTooLong(t *testing.T) {
	fake, clock := newCluster(t), newClock()
	fake.on("GET /_remote/info", ok(`{"lead":{}}`))
	client := fake.client(clock)
	client.mostBytes = 5
	_, err := client.Connections(t.Context())
	assertError(t, err, withURL("GET URL/_remote/info: status 200: the answer is longer than the 5 bytes that are read at most", fake))
	if len(fake.seen()) != 1 || IsUnreachable(err) {
		t.Errorf("requests %q, unreachable %v", fake.seen(), IsUnreachable(err))
	}
	client.mostBytes = int64(len(`{"lead":{}}`))
	_, err = client.Connections(t.Context())
	assertError(t, err, "")
}
