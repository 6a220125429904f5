// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package standin

import "time"

// Timing holds the times that are the plugin's own and no setting of it. Zero values mean the
// plugin's, as seen on real clusters; unit tests shorten them.
type Timing struct {
	Poll         time.Duration // between two looks at the leader's checkpoints
	Unreadable   time.Duration // how long the leader index may be missing before an automatic pause
	Silence      time.Duration // how long a stop waits for the leader before it closes the index meanwhile
	Resumable    time.Duration // after an automatic pause, how long a resume is still "already running"
	Recovery     time.Duration // after a restart of the follower node, until replications run again
	RetryFirst   time.Duration // first pause of a reader whose leader cannot be reached; it doubles
	RetryAtMost  time.Duration // ... up to this
	MinAutofetch time.Duration // least plugins.replication.autofollow.fetch_poll_interval
}

func (t Timing) withDefaults() Timing {
	for _, d := range []struct {
		value    *time.Duration
		fallback time.Duration
	}{
		{&t.Poll, 150 * time.Millisecond},
		{&t.Unreadable, 15 * time.Second},
		{&t.Silence, time.Second},
		{&t.Resumable, time.Second},
		{&t.Recovery, 3 * time.Second},
		{&t.RetryFirst, time.Second},
		{&t.RetryAtMost, time.Minute},
		{&t.MinAutofetch, 30 * time.Second},
	} {
		if *d.value == 0 {
			*d.value = d.fallback
		}
	}
	return t
}

// backoff is the pause after so many failures in a row (1 for the first).
func (t Timing) backoff(failures int) time.Duration {
	pause := t.RetryFirst
	for ; failures > 1 && pause < t.RetryAtMost; failures-- {
		pause *= 2
	}
	return min(pause, t.RetryAtMost)
}
