// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package standin

import (
	"context"
	"errors"
	"net/http"
	"time"
)

// stop ends a replication; the follower index stays, writable, unless it is not complete yet. Its block
// goes first, its mark and its metadata last.
func (p *Plugin) stop(r *replication) error {
	stopping := func(on bool) {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.stopping = on
	}
	stopping(true)
	r.drain()
	end := p.removeIncomplete
	if r.view().bootstrapped {
		end = p.releaseLease
	}
	uuid, err := end(r)
	if err != nil {
		stopping(false)
		return err
	}
	r.mu.Lock()
	r.state = stopped
	r.mu.Unlock()
	r.moving.Lock() // nothing is remembered after it was forgotten
	defer r.moving.Unlock()
	p.mu.Lock()
	delete(p.replications, r.follower)
	if uuid != "" {
		p.former[r.follower] = uuid
	}
	p.mu.Unlock()
	ctx, cancel := p.background()
	defer cancel()
	p.store.forget(ctx, r.follower, p.config.Log)
	return nil
}

// removeIncomplete deletes a follower index that not all has arrived in.
func (p *Plugin) removeIncomplete(r *replication) (uuid string, err error) {
	ctx, cancel := p.background()
	defer cancel()
	err = p.node.call(ctx, http.MethodDelete, indexPath(r.follower, ""), nil, nil)
	if refused(err, http.StatusNotFound) {
		return "", nil
	}
	return "", err
}

// releaseLease asks the leader to let the history go that it keeps for the replication, and returns the
// UUID of the follower index. There are no leases here, but as with the plugin it makes no difference what
// the leader answers, and all that it answers: a stop waits for a silent leader as long as the connection
// is there, with the index closed meanwhile.
func (p *Plugin) releaseLease(r *replication) (uuid string, err error) {
	ctx, cancel := p.background()
	defer cancel()
	uuid, err = p.node.uuid(ctx, r.follower)
	if err != nil {
		return "", err
	}
	leader, err := p.resolve(ctx, r.alias)
	if errors.Is(err, errOwnNode) {
		return "", err
	}
	if err != nil { // a leader that is not connected or not there keeps no history either
		return uuid, nil
	}
	answered := make(chan struct{})
	go func() {
		defer close(answered)
		// It ends with the connection, and that with Close.
		_ = leader.patient().call(context.WithoutCancel(ctx), http.MethodGet, "/", nil, nil)
	}()
	select {
	case <-answered:
		return uuid, nil
	case <-time.After(p.timing.Silence):
	}
	return uuid, p.closedUntil(r.follower, answered)
}

// closedUntil closes the index until something is over.
func (p *Plugin) closedUntil(index string, over <-chan struct{}) error {
	change := func(verb string) error {
		ctx, cancel := p.background()
		defer cancel()
		err := p.node.call(ctx, http.MethodPost, indexPath(index, verb), nil, nil)
		if refused(err, http.StatusNotFound) {
			return nil // it was deleted meanwhile: its block is gone
		}
		return err
	}
	if err := change("/_close"); err != nil {
		return err
	}
	<-over
	return change("/_open")
}
