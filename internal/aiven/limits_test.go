// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package aiven

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

// A GiB is not read: the connection is closed after the most that is read, and
// the request is not made again.
func TestAnswer_Endless(t *testing.T) {
	taken := make(chan int64, 1)
	c, api, _ := newFake(t, func(w http.ResponseWriter) {
		written, _ := io.CopyN(w, zeros{}, 1<<30)
		taken <- written
	})
	if _, err := c.Services(t.Context(), "acme"); !errors.Is(err, errTooLarge) {
		t.Errorf("error is %v", err)
	}
	if n := <-taken; n > 64<<20 { // what the buffers of the connection hold too
		t.Errorf("%d bytes were taken", n)
	}
	api.saw(t, "GET /v1/project/acme/service")
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) {
	clear(p)
	return len(p), nil
}

// What arrives byte by byte has no more time than what does not arrive, and is
// asked for twice in all.
func TestAnswer_Trickles(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		attempts := 0
		c, err := New(Config{Token: testToken, Clock: clock.Real{}, Transport: roundTripper(func(r *http.Request) (*http.Response, error) {
			attempts++
			return &http.Response{StatusCode: http.StatusOK, Body: trickling(r.Context().Done), Request: r}, nil
		})})
		if err != nil {
			t.Fatal(err)
		}
		began := time.Now()
		_, err = c.Services(t.Context(), "acme")
		if err == nil || !strings.Contains(err.Error(), "no answer within 2m0s") || !IsTransient(err) {
			t.Errorf("error is %v", err)
		}
		if took := time.Since(began); attempts != 2 || took < 2*attemptTimeout || took > 2*attemptTimeout+longestPause {
			t.Errorf("%d attempts took %s", attempts, took)
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

// The token does not reach the host that a redirect leads to: nothing does.
func TestRedirect_ToAnotherHost(t *testing.T) {
	visited := 0
	other := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { visited++ }))
	defer other.Close()
	for _, status := range []int{http.StatusMovedPermanently, http.StatusFound, http.StatusSeeOther, http.StatusTemporaryRedirect, http.StatusPermanentRedirect} {
		c, _, _ := newFake(t, func(w http.ResponseWriter) {
			w.Header().Set("Location", other.URL+"/v1/project/acme/service")
			w.WriteHeader(status)
		})
		if _, err := c.Services(t.Context(), "acme"); err == nil || !strings.Contains(err.Error(), "a redirect to") {
			t.Errorf("%d: error is %v", status, err)
		}
	}
	if visited > 0 {
		t.Errorf("the other host got %d requests", visited)
	}
}

// An API that asks for a pause of centuries does not get it.
func TestAskedPause_Endless(t *testing.T) {
	for _, reply := range []reply{
		limited("", "try again in 9223372036s"),
		limited("Fri, 31 Dec 9999 23:59:59 GMT", "{}"),
		limited("99999", "{}"),
	} {
		c, api, clock := newFake(t, reply)
		if _, err := c.Services(t.Context(), "acme"); asError(err) == nil || asError(err).Status != http.StatusTooManyRequests {
			t.Errorf("error is %v", err)
		}
		var slept time.Duration
		for _, pause := range clock.slept {
			slept += pause
		}
		if slept < 0 || slept > maxLimited {
			t.Errorf("slept %v", clock.slept)
		}
		api.saw(t, "GET /v1/project/acme/service")
	}
}
