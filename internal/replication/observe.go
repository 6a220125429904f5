// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package replication

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/ccr"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/memo"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/poll"
)

// Question says what an observation is to tell.
type Question struct {
	// Alias names the leader that it is about.
	Alias string
	// Leader is the leader itself, where it can be asked; nil otherwise. Most
	// is read through the follower.
	Leader *Client
	// Only are the follower indices that it is about; nil: all.
	Only []string
	// Shared takes what is asked for of Only from what all share. An observation
	// that is shared must not be changed.
	Shared bool
	// LeaderIndex is what a single index follows; with it the leader's indices
	// are not listed but asked for by this name, and only where that matters.
	LeaderIndex string
	// Paused is set where the index is meant to be paused: then nothing has to be
	// known of the leader index of one that is, and a silent leader holds nothing up.
	Paused bool
	// Owned are indices that the caller takes for replicas, by UUID: whether one
	// of them has stopped is found out for sure.
	Owned ccr.Owned
	// Sources asks also for what each replica follows, where the follower hides
	// it from everything but the status of the index.
	Sources bool
	// Unlinked is set where it is known that there is no connection.
	Unlinked bool
	// Leaderless leaves out the leader's indices, which a promotion and a
	// deletion need nothing of: a silent leader would only hold them up.
	Leaderless bool
}

// Observe reads a follower: seven requests, whatever the number of indices, two
// of them through the connection to the leader. More are made where something is
// not as it should be: one for each replication whose state or reason no other
// answer has, some seconds of looking again where something is missing that may
// only not have come back yet, one for each replicated index that the plugin
// takes for deleted on the leader. An error means that the follower could not be
// read; a leader that could not be read is told in the observation.
func (r *Reader) Observe(ctx context.Context, q Question) (ccr.Observation, error) {
	if !q.Shared || q.Leader != nil {
		return r.observe(ctx, q)
	}
	// The read of a resource and its plan ask the same.
	o, err := memo.Get(ctx, r.answers, fmt.Sprintf("observation %+v", q), func(ctx context.Context) (ccr.Observation, error) { return r.observe(ctx, q) })
	if told := (interrupted{}); isContext(err) && !errors.As(err, &told) {
		err = fmt.Errorf("read the follower's replications: %w", worded(err)) // while somebody else's read was waited for
	}
	return o, err
}

func (r *Reader) observe(ctx context.Context, q Question) (ccr.Observation, error) {
	o := ccr.Observation{Alias: q.Alias, Gone: map[string]ccr.Proof{}}
	var all bulk
	group, groupCtx := errgroup.WithContext(ctx)
	group.Go(func() (err error) { o.Connections, err = r.Remotes(groupCtx); return err })
	group.Go(func() (err error) {
		if q.LeaderIndex == "" {
			o.Rules, err = r.Rules(groupCtx)
		}
		return err
	})
	group.Go(func() (err error) { all, err = r.scope(groupCtx, q); return err })
	group.Go(func() error {
		if q.LeaderIndex == "" && q.Alias != "" && !q.Leaderless {
			o.Leader = r.leaderIndices(groupCtx, q)
		}
		return nil
	})
	if err := group.Wait(); err != nil {
		return o, fmt.Errorf("read the follower's replications: %w", worded(err))
	}
	var err error
	if o.Indices, err = r.replicas(ctx, all, q); err != nil {
		return o, fmt.Errorf("read the follower's replications: %w", worded(err))
	}
	if err := r.connection(ctx, q, &o); err != nil {
		return o, fmt.Errorf("read the follower's connections: %w", worded(err))
	}
	switch {
	case q.Leaderless, q.Alias == "":
	case q.LeaderIndex != "":
		r.leaderIndex(ctx, q, &o)
	default:
		r.gone(ctx, q, &o)
	}
	return o, nil
}

// scope is the bulk of all indices, which is shared, or of those that are named.
func (r *Reader) scope(ctx context.Context, q Question) (bulk, error) {
	if q.Only == nil || q.Shared {
		return r.bulk(ctx)
	}
	return r.readBulk(ctx, q.Only)
}

// replicas finds out the state of each index. Whatever the bulk does not tell is
// asked for by name.
func (r *Reader) replicas(ctx context.Context, b bulk, q Question) (indices ccr.ByName[ccr.FollowerIndex], err error) {
	if err := r.addRecords(ctx, &b); err != nil {
		return indices, err
	}
	perhaps := b.candidates(q.Owned)
	names := slices.Compact(slices.Sorted(slices.Values(q.Only)))
	if q.Only == nil {
		names = b.names(perhaps)
	}
	found := make([]ccr.FollowerIndex, len(names))
	var unclear []*ccr.FollowerIndex
	for i, name := range names {
		f, told := b.index(name)
		if q.Only == nil && !perhaps[name] {
			f.State, told = ccr.NotInProgress, true
		}
		found[i] = f
		if _, named := f.Source.Value(); !told || q.Sources && !named && f.State != ccr.NotInProgress {
			unclear = append(unclear, &found[i])
		}
	}
	settling := &ccr.Settling{}
	silent := &silence{}
	wait := poll.Poll{Clock: r.clock, What: "until the follower reports the state of its replications", First: 500 * time.Millisecond, Most: 2 * time.Second,
		Attempt: 10 * readTime, Within: 2 * ccr.SettleTime}
	err = wait.Until(ctx, func(ctx context.Context) (poll.Look, error) {
		if err := r.askStatuses(ctx, unclear, silent); err != nil {
			return poll.Look{}, err
		}
		unclear = slices.DeleteFunc(unclear, func(f *ccr.FollowerIndex) bool {
			if f.State != ccr.NotInProgress {
				settling.Seen(f.Name)
				return true
			}
			if settling.Missing(f.Name, r.clock.Now()) {
				return true
			}
			f.State = ccr.StateUnknown // until it has been so long enough
			return false
		})
		return poll.Look{Done: len(unclear) == 0}, nil
	})
	if over := (*poll.Timeout)(nil); errors.As(err, &over) && ctx.Err() == nil {
		err = nil // what is not settled is unknown
	}
	return ccr.InOrder(names, found), err
}

// addRecords reads the plugin's own records where they tell something: why an
// index is paused, and what replicates where the marks are hidden.
func (r *Reader) addRecords(ctx context.Context, b *bulk) (err error) {
	if b.paused || b.hidden {
		b.records, err = r.Records(ctx)
	}
	return err
}

// askStatuses replaces the state of each index by its status. Where the leader
// is silent, most are not asked for.
func (r *Reader) askStatuses(ctx context.Context, indices []*ccr.FollowerIndex, silent *silence) error {
	return silent.each(ctx, len(indices), func(ctx context.Context, i int) error {
		f := indices[i]
		status, err := r.Replication(ctx, f.Name)
		if IsLeaderUnreachable(err) {
			// A replica, or it would not need its leader to answer.
			f.State = running(f.State)
			if _, marked := f.Source.Value(); !marked {
				f.Block = ccr.Present(struct{}{})
			}
			return nil
		}
		if err != nil {
			return err
		}
		f.State, f.Reason = status.State, status.Reason
		f.Copied = status.Copied
		f.LeaderCheckpoint, f.FollowerCheckpoint = status.LeaderCheckpoint, status.FollowerCheckpoint
		if status.State != ccr.NotInProgress && status.Source.Alias != "" {
			f.Source = ccr.Present(status.Source)
		}
		return nil
	}, func(i int) { indices[i].State = running(indices[i].State) })
}

// running is the state of a replication whose status needs a leader that does
// not answer: what is on record, unless that is only that it runs.
func running(recorded ccr.State) ccr.State {
	if recorded == ccr.Paused || recorded == ccr.Failed {
		return recorded
	}
	return ccr.StateUnknown
}

// connection finds out whether the follower knows the leader and is connected to
// it. A node that has just come back knows none of its remote clusters for a
// moment, so that there is none is believed when it stays so.
func (r *Reader) connection(ctx context.Context, q Question, o *ccr.Observation) error {
	if q.Alias == "" {
		return nil
	}
	if o.Connections == nil {
		o.Connection, o.Reach = ccr.Unknown[ccr.Connection]("the route is closed to this user"), ccr.Present(struct{}{})
		return nil
	}
	settling := &ccr.Settling{}
	connections := o.Connections
	wait := poll.Poll{Clock: r.clock, What: "until remote cluster " + q.Alias + " shows", First: 500 * time.Millisecond, Most: 2 * time.Second, Attempt: readTime,
		Within: 2 * ccr.SettleTime, Transient: IsUnreachable}
	err := wait.Until(ctx, func(ctx context.Context) (poll.Look, error) {
		if c, known := connections[q.Alias]; known {
			o.Connection, o.Connections = ccr.Present(c), connections
			return poll.Look{Done: true}, nil
		}
		if q.Unlinked || len(o.Replicating(q.Owned)) == 0 || settling.Missing(q.Alias, r.clock.Now()) {
			o.Connection = ccr.Absent[ccr.Connection]("the follower does not list remote cluster " + q.Alias)
			return poll.Look{Done: true}, nil
		}
		again, err := r.Client.Connections(ctx)
		if err == nil {
			connections = again
		}
		return poll.Look{}, err
	})
	c, known := o.Connection.Value()
	switch {
	case !known:
		o.Reach = ccr.Unknown[struct{}]("the follower does not know remote cluster " + q.Alias)
	case !c.Connected:
		o.Reach = ccr.Unknown[struct{}]("the follower was not connected at this look")
	case r.silentLeader(ctx, q, o):
		o.Reach = ccr.Unknown[struct{}]("the leader does not answer")
	default:
		o.Reach = ccr.Present(struct{}{})
	}
	return err
}

// silentLeader reports whether the listing of the leader's indices got no answer.
func (r *Reader) silentLeader(ctx context.Context, q Question, o *ccr.Observation) bool {
	if _, unlisted := o.Leader.Unknown(); !unlisted || q.LeaderIndex != "" || q.Leaderless {
		return false
	}
	_, err := r.resolved(ctx, q.Alias) // it has been asked for
	return isSilent(err)
}

// leaderIndices lists the leader's indices, through the follower or, where that
// shows none, from the leader itself. A list without an index is believed from
// the leader only: to a user without rights, and with a dead leader, the follower
// answers with an empty list.
func (r *Reader) leaderIndices(ctx context.Context, q Question) ccr.Fact[[]ccr.LeaderIndex] {
	listed, err := r.resolved(ctx, q.Alias)
	if err == nil && len(listed) > 0 {
		return ccr.Present(listed)
	}
	why := "the follower lists none of them, which it also does for a leader that is down or a user without rights there"
	if err != nil {
		why = err.Error()
	}
	if q.Leader == nil {
		return ccr.Unknown[[]ccr.LeaderIndex](why)
	}
	listed, direct := q.Leader.listIndices(ctx)
	if direct != nil {
		return ccr.Unknown[[]ccr.LeaderIndex](why + "; and the leader itself: " + direct.Error())
	}
	return ccr.Present(listed)
}

// Listing are the indices of one leader, as the follower lists them through its
// connection. What it does not list is not proven to be missing.
func (r *Reader) Listing(ctx context.Context, alias string) ccr.Fact[[]ccr.LeaderIndex] {
	return r.leaderIndices(ctx, Question{Alias: alias})
}

// resolution is an answer with its error, which is shared too: a silent leader
// holds up only one request.
type resolution struct {
	indices []ccr.LeaderIndex
	err     error
}

func (r *Reader) resolved(ctx context.Context, alias string) ([]ccr.LeaderIndex, error) {
	shared, err := memo.Get(ctx, r.answers, "leader "+alias, func(ctx context.Context) (resolution, error) {
		indices, err := r.resolve(ctx, alias, "*")
		if isContext(err) {
			return resolution{}, err
		}
		return resolution{indices, err}, nil
	})
	if err != nil {
		return nil, err
	}
	return shared.indices, shared.err
}

// gone looks for leader indices that are proven to be deleted: those that the
// plugin paused a replication for and whose very name the leader does not know.
func (r *Reader) gone(ctx context.Context, q Question, o *ccr.Observation) {
	if r.silentLeader(ctx, q, o) {
		return
	}
	suspects := o.Suspects(q.Owned)
	proofs := make([]bool, len(suspects))
	// What is not proven is not known.
	_ = (&silence{}).each(ctx, len(suspects), func(ctx context.Context, i int) (err error) {
		proofs[i], err = r.goneOnLeader(ctx, q, suspects[i])
		return err
	}, func(int) {})
	for i, name := range suspects {
		if proofs[i] {
			o.Gone[name] = ccr.LeaderIndexGone(name)
		}
	}
}

// goneOnLeader reports whether the leader answers that it has no such index: the
// leader itself where it can be asked, or else through the follower.
func (r *Reader) goneOnLeader(ctx context.Context, q Question, index string) (bool, error) {
	if q.Leader != nil {
		_, err := q.Leader.settingsOf(ctx, index)
		if err == nil || is(err, "index_not_found_exception", "no such index ["+index+"]") {
			return err != nil, nil
		}
	}
	return r.searchLeader(ctx, q.Alias, index)
}

// leaderIndex asks for the one leader index of a single replication, where
// something has to be done that needs it.
func (r *Reader) leaderIndex(ctx context.Context, q Question, o *ccr.Observation) {
	f := o.Indices.At(firstOf(q.Only))
	_, missing := f.Index.Absent() // it is started, whatever the leader says
	if missing || q.Paused && f.State == ccr.Paused {
		return
	}
	switch f.State {
	case ccr.Syncing, ccr.Bootstrapping, ccr.Running, ccr.StateUnknown:
		return
	}
	found, err := r.namedIndex(ctx, q)
	if err == nil && len(found) > 0 {
		o.Leader = ccr.Present(found)
		return
	}
	if isSilent(err) {
		o.Leader, o.Reach = ccr.Unknown[[]ccr.LeaderIndex](err.Error()), ccr.Unknown[struct{}]("the leader does not answer")
		return
	}
	gone, err := r.searchLeader(ctx, q.Alias, q.LeaderIndex)
	switch {
	case gone:
		o.Gone[q.LeaderIndex] = ccr.LeaderIndexGone(q.LeaderIndex)
	case err == nil:
		o.Leader = ccr.Present([]ccr.LeaderIndex{{Name: q.LeaderIndex}})
	default:
		o.Leader = ccr.Unknown[[]ccr.LeaderIndex](err.Error())
	}
}

// namedIndex lists the leader index of a single replication. Those who share
// their reads look for it among all of them first: many can be paused at once.
func (r *Reader) namedIndex(ctx context.Context, q Question) ([]ccr.LeaderIndex, error) {
	if q.Shared {
		all, err := r.resolved(ctx, q.Alias)
		if isSilent(err) {
			return nil, err
		}
		if i := slices.IndexFunc(all, func(ix ccr.LeaderIndex) bool { return ix.Name == q.LeaderIndex }); i >= 0 {
			return all[i : i+1], nil
		}
	}
	return r.resolve(ctx, q.Alias, q.LeaderIndex)
}

func firstOf(names []string) string {
	if len(names) == 0 {
		return ""
	}
	return names[0]
}
