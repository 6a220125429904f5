// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package aiven

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"time"
)

const (
	// maxFailures is how often a request is tried again after failures; the
	// pauses sum up to about 10 s, longer than a restart behind a load balancer.
	maxFailures  = 6
	firstPause   = 250 * time.Millisecond
	longestPause = 4 * time.Second
	// maxSilent is how often a request is tried again after an attempt whose whole
	// time, [attemptTimeout], passed without an answer.
	maxSilent = 1
	// maxLimited is how long one call waits in all while the API limits its rate.
	maxLimited = 5 * time.Minute
)

// patience decides on the attempts of one call. What is tried again is what
// cannot be done twice by that: reads, replacements and deletions after any
// failure of the server or the way to it, a POST only where nothing was done.
type patience struct {
	jitter   func() float64
	failures int
	silences int
	limits   int
	waited   time.Duration // for the rate limit
}

// next tells how long to wait before the next attempt, or that there is none.
func (p *patience) next(ctx context.Context, method string, a answer) (time.Duration, bool) {
	if ctx.Err() != nil {
		return 0, false
	}
	var pause time.Duration
	switch {
	case a.status == http.StatusTooManyRequests:
		p.limits++
		pause = p.backOff(p.limits)
		if asked, ok := askedPause(a); ok {
			// Up to a second more: all the requests of an apply are told the same.
			// Never less than the back-off: "0" would make a tight loop.
			// What is longer than this ends the call all the same, and the sum must not run over.
			pause = max(pause, min(asked, 2*maxLimited)+time.Duration(p.jitter()*float64(time.Second)))
		}
		p.waited += pause
		if p.waited > maxLimited {
			return 0, false
		}
	case worthAnotherTry(method, a):
		p.failures++
		if isSilent(a.err) {
			p.silences++
		}
		if p.failures > maxFailures || p.silences > maxSilent {
			return 0, false
		}
		pause = p.backOff(p.failures)
	default:
		return 0, false
	}
	// A wait that ends after the deadline only delays the news.
	if deadline, ok := ctx.Deadline(); ok && time.Until(deadline) <= pause {
		return 0, false
	}
	return pause, true
}

func worthAnotherTry(method string, a answer) bool {
	if a.err != nil {
		if _, certificate := errors.AsType[*tls.CertificateVerificationError](a.err); certificate {
			return false
		}
		if errors.Is(a.err, errTooLarge) {
			return false // it will be as large again
		}
		return isDial(a.err) || method != http.MethodPost
	}
	if method == http.MethodPost {
		return false
	}
	switch a.status {
	case http.StatusServiceUnavailable:
		return !saysPoweredOff(string(a.body))
	case http.StatusRequestTimeout, http.StatusInternalServerError, http.StatusBadGateway, http.StatusGatewayTimeout:
		return true
	}
	return a.status > 505
}

// isSilent reports whether the whole time of an attempt passed without an answer.
func isSilent(err error) bool {
	cut, ok := errors.AsType[*cutOffError](err)
	return ok && cut.silent
}

// isDial reports whether no connection came about, so that nothing was sent.
func isDial(err error) bool {
	var op *net.OpError
	return errors.As(err, &op) && (op.Op == "dial" || op.Op == "proxyconnect")
}

// saysPoweredOff tells a service that is off, which no retry turns on, from an
// API that is not available.
func saysPoweredOff(text string) bool {
	text = strings.ToLower(text)
	return strings.Contains(text, "powered off") || strings.Contains(text, "powered down") || strings.Contains(text, "poweroff")
}

// backOff doubles from try to try; half of it is left to chance.
func (p *patience) backOff(try int) time.Duration {
	pause := longestPause
	if shift := try - 1; shift < 8 {
		pause = min(firstPause<<shift, longestPause)
	}
	return pause/2 + time.Duration(p.jitter()*float64(pause/2))
}

// tryAgain is how the API says it: "Rate limit 120 exceeded - try again in 28s".
var tryAgain = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`try again in (\d+(?:\.\d+)?)\s*(ms|s|m)\b`) })

// askedPause is the pause that an answer asks for, by its header or its text.
func askedPause(a answer) (time.Duration, bool) {
	if header := a.header.Get("Retry-After"); header != "" {
		if seconds, err := strconv.Atoi(header); err == nil && seconds >= 0 {
			return time.Duration(min(seconds, 3600)) * time.Second, true
		}
		if at, err := http.ParseTime(header); err == nil {
			return max(0, time.Until(at)), true
		}
	}
	if found := tryAgain().FindSubmatch(a.body); found != nil {
		if d, err := time.ParseDuration(string(found[1]) + string(found[2])); err == nil {
			return d, true
		}
	}
	return 0, false
}
