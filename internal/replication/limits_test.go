// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package replication

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/clock"
)

// The servers here are real ones on the loopback: what happens on the wire is
// the question.

// endless writes zeros, up to a GiB, and says how many were taken from it.
func endless(taken chan<- int64) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		written, _ := io.CopyN(w, zeros{}, 1<<30)
		taken <- written
	}
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) {
	clear(p)
	return len(p), nil
}

// A GiB is not read: the connection is closed after the most that is read.
func TestClient_EndlessAnswer(t *testing.T) {
	taken := make(chan int64, 1)
	server := httptest.NewServer(endless(taken))
	defer server.Close()
	client, err := New(Config{URL: server.URL})
	if err != nil {
		t.Fatal(err)
	}
	client.mostBytes = 1 << 20
	_, err = client.FollowerStats(t.Context())
	if err == nil || !strings.Contains(err.Error(), "the answer is longer than the 1 MiB that are read at most") {
		t.Errorf("error is %v", err)
	}
	if n := <-taken; n > 64<<20 { // what the buffers of the connection hold too
		t.Errorf("%d bytes were taken", n)
	}
}

// What arrives byte by byte has no more time than what does not arrive.
func TestClient_AnswerThatTrickles(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		trickle := roundTripper(func(r *http.Request) (*http.Response, error) {
			return &http.Response{StatusCode: http.StatusOK, Body: trickling(r.Context().Done), Request: r}, nil
		})
		client, err := New(Config{URL: "http://follower.test:9200", Transport: trickle, Clock: clock.Real{}})
		if err != nil {
			t.Fatal(err)
		}
		began := time.Now()
		_, err = client.FollowerStats(t.Context())
		if err == nil || !strings.Contains(err.Error(), "no answer within 10s") {
			t.Errorf("error is %v", err)
		}
		if took := time.Since(began); took != readTime {
			t.Errorf("it took %s", took)
		}
	})
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// trickling is a body that gives one byte per second until the request ends,
// which it is told by.
type trickling func() <-chan struct{}

func (ends trickling) Read(p []byte) (int, error) {
	select {
	case <-ends():
		return 0, context.DeadlineExceeded
	case <-time.After(time.Second):
		p[0] = ' '
		return 1, nil
	}
}

func (trickling) Close() error { return nil }

// Neither a password nor a token nor a signature reaches the host that a
// redirect leads to: nothing does.
func TestClient_RedirectToAnotherHost(t *testing.T) {
	visited := 0
	other := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { visited++ }))
	defer other.Close()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, other.URL+r.URL.Path, http.StatusTemporaryRedirect)
	}))
	defer server.Close()
	for _, cfg := range []Config{
		{Username: "admin", Password: "secret"},
		{Token: "secret"},
		{Signer: signerFunc(func(r *http.Request) error { r.Header.Set("Authorization", "secret"); return nil })},
	} {
		cfg.URL = server.URL
		client, err := New(cfg)
		if err != nil {
			t.Fatal(err)
		}
		for _, call := range []func() error{
			func() error { _, err := client.FollowerStats(t.Context()); return err },
			func() error { return client.Resume(t.Context(), "a") },
		} {
			if err := call(); err == nil || !strings.Contains(err.Error(), "A redirect is not followed") || strings.Contains(err.Error(), "secret") {
				t.Errorf("error is %v", err)
			}
		}
	}
	if visited > 0 {
		t.Errorf("the other host got %d requests", visited)
	}
}

// A name that would make another path is not sent, whatever it came from.
func TestClient_NamesOfDots(t *testing.T) {
	client := newCluster(t).client(newClock()) // which fails at every request
	for _, name := range []string{"", ".", ".."} {
		if _, err := client.Replication(t.Context(), name); err == nil || !strings.Contains(err.Error(), "the request was not sent") {
			t.Errorf("%q: error is %v", name, err)
		}
		if err := client.Resume(t.Context(), name); err == nil || !strings.Contains(err.Error(), "the request was not sent") {
			t.Errorf("%q: error is %v", name, err)
		}
	}
}

// A call for credentials that hangs ends with the request, and is not taken for
// a cluster, or a leader, that does not answer.
func TestClient_SigningHangs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		hangs := signerFunc(func(r *http.Request) error {
			<-r.Context().Done()
			return r.Context().Err()
		})
		client := newCluster(t).client(clock.Real{}, func(c *Config) { c.Signer = hangs })
		began := time.Now()
		_, err := client.FollowerStats(t.Context())
		for _, part := range []string{"the request could not be signed: no credentials came within 10s", "Check the credentials in aws"} {
			if err == nil || !strings.Contains(err.Error(), part) {
				t.Errorf("error is %v, want %q in it", err, part)
			}
		}
		if IsSilent(err) || IsUnreachable(err) {
			t.Errorf("%v is taken for the cluster's silence", err)
		}
		if took := time.Since(began); took > 2*readTime+retryTime {
			t.Errorf("it took %s", took)
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := client.FollowerStats(ctx); !errors.Is(err, context.Canceled) {
			t.Errorf("error is %v", err)
		}
	})
}

func TestClient_SigningFails(t *testing.T) {
	client := newCluster(t).client(newClock(), func(c *Config) {
		c.Signer = signerFunc(func(*http.Request) error { return errors.New("the role may not be assumed") })
	})
	_, err := client.FollowerStats(t.Context())
	if err == nil || !strings.Contains(err.Error(), "GET http://follower.test:9200/_plugins/_replication/follower_stats: the request could not be signed: the role may not be assumed. Check the credentials in aws") {
		t.Errorf("error is %v", err)
	}
}
