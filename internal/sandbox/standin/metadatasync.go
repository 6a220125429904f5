// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package standin

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"reflect"
	"sort"
)

// syncMetadata compares settings and aliases of all followed indices with the leader's.
func (l *link) syncMetadata(ctx context.Context, leader remote, following []*replication) {
	there, err := leader.everyIndex(ctx)
	if err != nil {
		l.plugin.config.Log("metadata of leader %s: %v", l.alias, err)
		return
	}
	here, err := l.plugin.node.everyIndex(ctx)
	if err != nil {
		l.plugin.config.Log("metadata of the follower: %v", err)
		return
	}
	for _, r := range following {
		from, ok := there[r.leader]
		to, exists := here[r.follower]
		if !ok || !exists {
			continue
		}
		if err := l.syncIndex(ctx, r, from, to); err != nil && !errors.Is(err, errLeft) {
			l.plugin.config.Log("metadata of %s: %v", r.follower, err)
		}
	}
}

func (n *node) everyIndex(ctx context.Context) (map[string]indexInfo, error) {
	var out map[string]indexInfo
	err := n.call(ctx, http.MethodGet, "/*?flat_settings=true&expand_wildcards=all&filter_path=*.settings,*.aliases", nil, &out)
	return out, err
}

func (l *link) syncIndex(ctx context.Context, r *replication, from, to indexInfo) error {
	r.moving.Lock()
	defer r.moving.Unlock()
	v := r.view()
	if v.state != running || v.stopping {
		return errLeft
	}
	if err := l.syncAliases(ctx, r.follower, from.Aliases, to.Aliases); err != nil {
		return err
	}
	changes := settingChanges(followerSettings(from.Settings, v.settings), mirrored(to.Settings))
	names := make([]string, 0, len(changes))
	for name := range changes {
		names = append(names, name)
	}
	sort.Strings(names)
	for _, name := range names { // one by one: what cannot change must not hold up the rest
		if err := l.setSetting(ctx, r.follower, name, changes[name]); err != nil {
			return err
		}
	}
	return nil
}

// settingChanges is what makes have into want; nil removes.
func settingChanges(want, have map[string]any) map[string]any {
	changes := map[string]any{}
	for name, value := range want {
		if !reflect.DeepEqual(have[name], value) {
			changes[name] = value
		}
	}
	for name := range have {
		if _, wanted := want[name]; !wanted && !begins(name, fixed) {
			changes[name] = nil
		}
	}
	return changes
}

// setSetting sets one setting of the follower index, which is closed for those that cannot change
// while it is open.
func (l *link) setSetting(ctx context.Context, index, name string, value any) error {
	put := func() error {
		return l.plugin.node.call(ctx, http.MethodPut, indexPath(index, "/_settings"), map[string]any{name: value}, nil)
	}
	err := put()
	if !refused(err, http.StatusBadRequest) {
		return err
	}
	node := l.plugin.node
	if err := node.call(ctx, http.MethodPost, indexPath(index, "/_close"), nil, nil); err != nil {
		return err
	}
	err = put()
	if opened := node.call(ctx, http.MethodPost, indexPath(index, "/_open"), nil, nil); opened != nil {
		return opened
	}
	if refused(err, http.StatusBadRequest) {
		l.plugin.config.Log("%s of %s stays as it is: %v", name, index, err)
		return nil
	}
	return err
}

func (l *link) syncAliases(ctx context.Context, index string, want, have map[string]json.RawMessage) error {
	var actions []any
	for alias, definition := range want {
		if string(have[alias]) == string(definition) {
			continue
		}
		var add map[string]any
		if err := json.Unmarshal(definition, &add); err != nil {
			return fmt.Errorf("alias %s: %w", alias, err)
		}
		add["index"], add["alias"] = index, alias
		actions = append(actions, map[string]any{"add": add})
	}
	for alias := range have {
		if _, wanted := want[alias]; !wanted {
			actions = append(actions, map[string]any{"remove": map[string]any{"index": index, "alias": alias}})
		}
	}
	if len(actions) == 0 {
		return nil
	}
	return l.plugin.node.call(ctx, http.MethodPost, "/_aliases", map[string]any{"actions": actions}, nil)
}
