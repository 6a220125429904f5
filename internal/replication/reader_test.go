// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package replication

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/ccr"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/clock"
)

// The routes of the shared reads.
const (
	marksRoute   = "GET /*/_settings/index.uuid,index.plugins.replication.follower.leader_index"
	statsRoute   = "GET /_plugins/_replication/follower_stats"
	statesRoute  = "GET /_cluster/state/metadata"
	remotesRoute = "GET /_remote/info"
	recordsRoute = "GET /.replication-metadata-store/_search"
	rulesRoute   = "GET /_plugins/_replication/autofollow_stats"
	statusRoute  = "GET /_plugins/_replication/a/_status"
)

func (c *cluster) reader(clock clock.Clock) *Reader {
	c.t.Helper()
	reader, err := NewReader(Config{URL: c.url, Clock: clock})
	if err != nil {
		c.t.Fatal(err)
	}
	return reader
}

func TestReader_ConcurrentReadsWaitForOneFetch(t *testing.T) {
	t.Parallel()
	c := newCluster(t)
	arrived, release := make(chan struct{}), make(chan struct{})
	c.handle(remotesRoute, func(*http.Request, string) reply {
		close(arrived) // a second request would close it again and fail
		<-release
		return ok(`{"lead":{"connected":true}}`)
	})
	r := c.reader(newClock())
	var group sync.WaitGroup
	for range 20 {
		group.Go(func() {
			if remotes, err := r.Remotes(t.Context()); err != nil || !remotes["lead"].Connected {
				t.Errorf("got %v, %v", remotes, err)
			}
		})
	}
	<-arrived
	close(release)
	group.Wait()
	assertLines(t, c.seen(), []string{"GET /_remote/info"})
}

func TestReader_AWriteInvalidates(t *testing.T) {
	t.Parallel()
	c := newCluster(t)
	c.on(remotesRoute, ok(`{}`), ok(`{"lead":{"connected":true}}`))
	c.on("POST /_plugins/_replication/a/_pause", noReplication)
	r := c.reader(newClock())
	for range 2 {
		if remotes, err := r.Remotes(t.Context()); err != nil || len(remotes) != 0 {
			t.Fatalf("got %v, %v", remotes, err)
		}
	}
	if err := r.Pause(t.Context(), "a", ""); err == nil {
		t.Fatal("the pause is refused") // and may have changed something for all that
	}
	if remotes, err := r.Remotes(t.Context()); err != nil || len(remotes) != 1 {
		t.Fatalf("after a write: got %v, %v", remotes, err)
	}
}

// What was fetched while somebody wrote may be of before: the next read asks again.
func TestReader_AWriteInvalidatesWhatIsBeingFetched(t *testing.T) {
	t.Parallel()
	c := newCluster(t)
	arrived, release := make(chan struct{}, 2), make(chan struct{})
	c.handle(remotesRoute, func(*http.Request, string) reply {
		arrived <- struct{}{}
		<-release
		return ok(`{}`)
	})
	c.on("POST /_plugins/_replication/a/_pause", acknowledged)
	r := c.reader(newClock())
	var group sync.WaitGroup
	group.Go(func() { _, _ = r.Remotes(t.Context()) })
	<-arrived
	if err := r.Pause(t.Context(), "a", ""); err != nil {
		t.Fatal(err)
	}
	close(release)
	group.Wait()
	if _, err := r.Remotes(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := len(c.seen("GET")); got != 2 {
		t.Errorf("%d reads, want one from before the write and one from after", got)
	}
}

func TestReader_AnswersAreSharedForAWhile(t *testing.T) {
	t.Parallel()
	c := newCluster(t)
	c.on(remotesRoute, ok(`{}`))
	clock := newClock()
	r := c.reader(clock)
	for _, wait := range []time.Duration{0, 4 * time.Minute, 2 * time.Minute} {
		_ = clock.Sleep(t.Context(), wait) // the context has not ended
		if _, err := r.Remotes(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if got := len(c.seen()); got != 2 {
		t.Errorf("%d requests in 6 minutes, want 2", got)
	}
}

func TestReader_AnErrorIsNotKept(t *testing.T) {
	t.Parallel()
	c := newCluster(t)
	c.on(remotesRoute, refused(500, "exception", "a hiccup"), ok(`{}`))
	r := c.reader(newClock())
	if _, err := r.Remotes(t.Context()); err == nil || !strings.Contains(err.Error(), "a hiccup") {
		t.Fatalf("got %v", err)
	}
	if _, err := r.Remotes(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// Who waits for somebody else's fetch does not fail by that one's interrupt.
func TestReader_AnInterruptOfAnotherIsNotOurs(t *testing.T) {
	t.Parallel()
	c := newCluster(t)
	arrived, release := make(chan struct{}, 2), make(chan struct{})
	c.handle(remotesRoute, func(*http.Request, string) reply {
		arrived <- struct{}{}
		<-release
		return ok(`{}`)
	})
	r := c.reader(newClock())
	first, cancel := context.WithCancel(t.Context())
	var group sync.WaitGroup
	group.Go(func() {
		if _, err := r.Remotes(first); !errors.Is(err, context.Canceled) {
			t.Errorf("the first: got %v", err)
		}
	})
	<-arrived
	group.Go(func() {
		if _, err := r.Remotes(t.Context()); err != nil {
			t.Errorf("the second: got %v", err)
		}
	})
	cancel()
	close(release)
	group.Wait()
}

// Seen by what all share; the requests beside each case are those that it takes
// beyond those that every one takes.
func TestReader_Seen(t *testing.T) {
	t.Parallel()
	const replica = `{"a":{"settings":{"index.uuid":"u","index.plugins.replication.follower.leader_index":"lead:a"}}}`
	const plain = `{"a":{"settings":{"index.uuid":"u"}}}`
	const connected, gone = `{"lead":{"connected":true}}`, `{"lead":{"connected":false}}`
	const running, paused = `{"metadata":{"replication_metadata":{"replication_details":{"a":{"REPLICATION_LAST_KNOWN_OVERALL_STATE":"RUNNING"}}}}}`,
		`{"metadata":{"replication_metadata":{"replication_details":{"a":{"REPLICATION_LAST_KNOWN_OVERALL_STATE":"PAUSED"}}}}}`
	pausedRecord := ok(`{"hits":{"hits":[{"_source":{"connection_name":"lead","metadata_type":"INDEX","overall_state":"PAUSED","reason":"planned work","follower_context":{"resource":"a"},"leader_context":{"resource":"a"}}}]}}`)
	staleRecord := ok(`{"hits":{"hits":[{"_source":{"connection_name":"lead","metadata_type":"INDEX","overall_state":"RUNNING","follower_context":{"resource":"a"},"leader_context":{"resource":"a"}}}]}}`)
	syncing := `{"index_stats":{"a":{"leader_checkpoint":7,"follower_checkpoint":5}}}`
	for name, c := range map[string]struct {
		marks, stats, states, remotes string
		records, status               reply
		want                          ccr.Sight
		more                          int
	}{
		"syncs": {replica, syncing, "", connected, reply{}, reply{},
			ccr.Sight{Replication: ccr.Replication{FollowerIndex: "a", LeaderAlias: "lead", LeaderIndex: "a", State: ccr.Syncing, LeaderCheckpoint: 7, FollowerCheckpoint: 5}, Exists: true, UUID: "u", Connected: true}, 0},
		"syncs, it is said, but the leader is gone": {replica, syncing, "", gone, reply{}, reply{},
			ccr.Sight{Replication: ccr.Replication{FollowerIndex: "a", LeaderAlias: "lead", LeaderIndex: "a", State: ccr.Syncing, LeaderCheckpoint: 7, FollowerCheckpoint: 5}, Exists: true, UUID: "u"}, 0},
		"syncs, with a hidden mark": {plain, syncing, "", connected, reply{}, reply{},
			ccr.Sight{Replication: ccr.Replication{FollowerIndex: "a", LeaderAlias: "lead", LeaderIndex: "known", State: ccr.Syncing, LeaderCheckpoint: 7, FollowerCheckpoint: 5}, Exists: true, UUID: "u", Connected: true}, 0},
		"paused": {replica, `{}`, paused, connected, pausedRecord, reply{},
			ccr.Sight{Replication: ccr.Replication{FollowerIndex: "a", LeaderAlias: "lead", LeaderIndex: "a", State: ccr.Paused, Reason: "planned work"}, Exists: true, UUID: "u", Connected: true}, 2},
		"paused, not on record yet": {replica, `{}`, paused, connected, staleRecord, status("PAUSED", "just now"),
			ccr.Sight{Replication: ccr.Replication{FollowerIndex: "a", LeaderAlias: "lead", LeaderIndex: "a", State: ccr.Paused, Reason: "just now"}, Exists: true, UUID: "u", Connected: true}, 3},
		"paused, records closed": {replica, `{}`, paused, connected, forbidden, status("PAUSED", "planned work"),
			ccr.Sight{Replication: ccr.Replication{FollowerIndex: "a", LeaderAlias: "lead", LeaderIndex: "a", State: ccr.Paused, Reason: "planned work"}, Exists: true, UUID: "u", Connected: true}, 3},
		"failed": {replica, `{}`, running, connected, reply{}, status("FAILED", "disk full"),
			ccr.Sight{Replication: ccr.Replication{FollowerIndex: "a", LeaderAlias: "lead", LeaderIndex: "a", State: ccr.Failed, Reason: "disk full"}, Exists: true, UUID: "u", Connected: true}, 2},
		"stopped": {plain, `{}`, `{}`, connected, reply{}, notInProgress,
			ccr.Sight{Replication: ccr.Replication{FollowerIndex: "a", State: ccr.NotInProgress}, Exists: true, UUID: "u", Connected: true}, 2},
		"no index": {`{}`, `{}`, `{}`, connected, reply{}, reply{},
			ccr.Sight{Replication: ccr.Replication{FollowerIndex: "a", State: ccr.NotInProgress}, Connected: true}, 1},
		"leader down at its status": {replica, `{}`, running, gone, reply{}, leaderDown,
			ccr.Sight{Replication: ccr.Replication{FollowerIndex: "a", LeaderAlias: "lead", LeaderIndex: "a", State: ccr.Unknown}, Exists: true, UUID: "u"}, 2},
		"said to be stopped while on record and the leader is gone": {replica, `{}`, running, gone, reply{}, notInProgress,
			ccr.Sight{Replication: ccr.Replication{FollowerIndex: "a", LeaderAlias: "lead", LeaderIndex: "a", State: ccr.Unknown}, Exists: true, UUID: "u"}, -1},
		"said to be stopped while on record for long": {replica, `{}`, running, connected, reply{}, notInProgress,
			ccr.Sight{Replication: ccr.Replication{FollowerIndex: "a", LeaderAlias: "lead", LeaderIndex: "a", State: ccr.NotInProgress}, Exists: true, UUID: "u", Connected: true}, -1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newCluster(t)
			f.on(marksRoute, ok(c.marks))
			f.on(statsRoute, ok(c.stats))
			f.on(remotesRoute, ok(c.remotes))
			if c.states != "" {
				f.on(statesRoute, ok(c.states))
			}
			if c.records.status != 0 {
				f.on(recordsRoute, c.records)
			}
			if c.status.status != 0 {
				f.on(statusRoute, c.status)
			}
			got, err := f.reader(newClock()).Seen(t.Context(), "a", ccr.Single{LeaderAlias: "lead", LeaderIndex: "known"})
			if err != nil || got != c.want {
				t.Errorf("\n got %+v, %v\nwant %+v", got, err, c.want)
			}
			if made := len(f.seen()) - 3; c.more >= 0 && made != c.more {
				t.Errorf("%d requests beyond the three, want %d: %v", made, c.more, f.seen())
			}
		})
	}
}

// A pause right after the start, which the records do not show yet, is no health.
func TestOverview_PausedBeforeItIsOnRecord(t *testing.T) {
	t.Parallel()
	f := newFollower(t)
	f.replicates("a")
	f.indices["a"].record = "PAUSED"
	f.hides["store"] = ok(`{}`)
	o, err := f.reader(newClock()).Overview(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	want := ccr.Replication{FollowerIndex: "a", LeaderAlias: "lead", LeaderIndex: "a", State: ccr.Paused}
	if len(o.Replications) != 1 || o.Replications[0] != want {
		t.Errorf("got %+v, want %+v", o.Replications, want)
	}
}
