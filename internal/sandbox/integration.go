// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package sandbox

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/sandbox/controlplane"
)

// ownRule is the name of the autofollow rule that the old product makes by itself.
const ownRule = "aiven-replicate-all"

// roles are those that the product maps for replication.
var roles = map[string]any{
	"leader_cluster_role":   "ccr_leader_full_access",
	"follower_cluster_role": "ccr_follower_full_access",
}

// Connect makes the follower know the leader under the alias. With the old behaviour of the product it also
// starts the replication of everything.
func (p platform) Connect(ctx context.Context, leader, follower controlplane.ServiceRef, alias string) error {
	l, f, err := p.pair(leader, follower)
	if err != nil {
		return err
	}
	if err := f.setRemote(ctx, alias, []string{l.TransportAddress()}); err != nil {
		return err
	}
	if err := f.awaitRemote(ctx, alias); err != nil {
		return err
	}
	if p.plane.Behaviour(follower.Project) != controlplane.BehaviourOld {
		return nil
	}
	return p.replicateAll(ctx, l, f, alias)
}

// setRemote sets the seeds of a remote cluster; nil takes it away.
func (e *Endpoint) setRemote(ctx context.Context, alias string, seeds []string) error {
	var value any
	if seeds != nil {
		value = seeds
	}
	return e.must(ctx, http.MethodPut, "/_cluster/settings",
		map[string]any{"persistent": map[string]any{"cluster.remote." + alias + ".seeds": value}}, nil)
}

// awaitRemote waits until a remote cluster is connected. It is bounded: the control plane tries again.
func (e *Endpoint) awaitRemote(ctx context.Context, alias string) error {
	ctx, cancel := context.WithTimeout(ctx, 15*time.Second)
	defer cancel()
	for {
		var info map[string]struct {
			Connected bool `json:"connected"`
		}
		if err := e.must(ctx, http.MethodGet, "/_remote/info", nil, &info); err != nil {
			return err
		}
		if info[alias].Connected {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("%s is not connected to the remote cluster %s: %w", e.name, alias, ctx.Err())
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// replicateAll starts the replication of every index that the leader has, and creates a rule for later ones.
// What was started before is left as it is.
func (p platform) replicateAll(ctx context.Context, leader, follower *Service, alias string) error {
	names, err := leader.userIndices(ctx)
	if err != nil {
		return err
	}
	for _, name := range names {
		err := follower.must(ctx, http.MethodPut, "/_plugins/_replication/"+url.PathEscape(name)+"/_start",
			map[string]any{"leader_alias": alias, "leader_index": name, "use_roles": roles}, nil)
		if err != nil && !says(err, "Cant use same index again") {
			// An index that cannot be followed does not keep the others from it.
			p.options.Log("service %s: replication of %s: %v", follower.ref, name, err)
		}
	}
	err = follower.must(ctx, http.MethodPost, "/_plugins/_replication/_autofollow",
		map[string]any{"leader_alias": alias, "name": ownRule, "pattern": "*", "use_roles": roles}, nil)
	if err != nil && !says(err, "cannot be recreated/updated") {
		return err
	}
	return nil
}

// userIndices lists the open indices that are neither hidden nor the system's.
func (e *Endpoint) userIndices(ctx context.Context) ([]string, error) {
	var indices []struct {
		Name string `json:"index"`
	}
	err := e.must(ctx, http.MethodGet, "/_cat/indices/*?expand_wildcards=open&h=index&format=json", nil, &indices)
	if err != nil {
		return nil, err
	}
	var names []string
	for _, index := range indices {
		if !strings.HasPrefix(index.Name, ".") {
			names = append(names, index.Name)
		}
	}
	return names, nil
}

// Disconnect makes the follower a service of its own: rules of the alias end, then the connection, then the
// replications. Its indices stay and can be written. The connection goes before the replications because
// their stops would wait for a leader that is silent.
func (p platform) Disconnect(ctx context.Context, _, follower controlplane.ServiceRef, alias string) error {
	f, err := p.find(follower)
	if err != nil {
		return err
	}
	if err := f.endRules(ctx, alias); err != nil {
		return err
	}
	if err := f.setRemote(ctx, alias, nil); err != nil {
		return err
	}
	return f.endReplications(ctx, alias)
}

// endRules deletes the rules of an alias. Statistics have the rules without their alias, so each is tried.
func (e *Endpoint) endRules(ctx context.Context, alias string) error {
	var stats struct {
		Rules []struct {
			Name string `json:"name"`
		} `json:"autofollow_stats"`
	}
	if err := e.must(ctx, http.MethodGet, "/_plugins/_replication/autofollow_stats", nil, &stats); err != nil {
		return err
	}
	for _, rule := range stats.Rules {
		err := e.must(ctx, http.MethodDelete, "/_plugins/_replication/_autofollow",
			map[string]any{"leader_alias": alias, "name": rule.Name}, nil)
		if err != nil && !says(err, "does not exist") {
			return err
		}
	}
	return nil
}

// endReplications stops all that is replicated from an alias.
func (e *Endpoint) endReplications(ctx context.Context, alias string) error {
	const leaderIndex = "index.plugins.replication.follower.leader_index"
	var replicas map[string]struct {
		Settings map[string]string `json:"settings"`
	}
	err := e.must(ctx, http.MethodGet, "/*/_settings/"+leaderIndex+"?flat_settings=true&expand_wildcards=all", nil, &replicas)
	if err != nil {
		return err
	}
	var failed []error
	for name, replica := range replicas {
		if !strings.HasPrefix(replica.Settings[leaderIndex], alias+":") {
			continue
		}
		err := e.must(ctx, http.MethodPost, "/_plugins/_replication/"+url.PathEscape(name)+"/_stop", map[string]any{}, nil)
		if err != nil && !says(err, "No replication in progress") {
			failed = append(failed, err)
		}
	}
	return errors.Join(failed...)
}
