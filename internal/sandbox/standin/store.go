// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package standin

import (
	"context"
	"net/http"
	"net/url"
	"sync"
)

// storeIndex is where the plugin keeps its metadata, one document per replication and per rule. It is
// a real index here too: whatever search is sent to it, the node answers, and it shows a change only
// after its refresh, as the plugin's does.
const storeIndex = ".replication-metadata-store"

type metadataStore struct {
	node *node

	mu     sync.Mutex
	exists bool
}

type metadataDocument struct {
	Connection string          `json:"connection_name"`
	Type       string          `json:"metadata_type"` // INDEX or AUTO_FOLLOW
	State      state           `json:"overall_state"`
	Reason     string          `json:"reason"`
	Follower   metadataContext `json:"follower_context"`
	Leader     metadataContext `json:"leader_context"`
	Settings   map[string]any  `json:"settings"`
}

type metadataContext struct {
	Resource string `json:"resource"` // index; of a rule its name and its pattern
}

// keyword is the mapping of all strings in the store.
func keyword(longest int) map[string]any {
	return map[string]any{"type": "text", "fields": map[string]any{"keyword": map[string]any{"type": "keyword", "ignore_above": longest}}}
}

func (s *metadataStore) create(ctx context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.exists {
		return nil
	}
	resource := map[string]any{"type": "nested", "properties": map[string]any{"resource": keyword(256)}}
	err := s.node.call(ctx, http.MethodPut, "/"+storeIndex, map[string]any{
		"settings": map[string]any{"index.number_of_shards": 1, "index.auto_expand_replicas": "0-1", "index.hidden": true},
		"mappings": map[string]any{
			"_meta": map[string]any{"schema_version": 2}, "dynamic": "strict",
			"properties": map[string]any{
				"connection_name": keyword(256), "metadata_type": keyword(256), "overall_state": keyword(256), "reason": keyword(1024),
				"follower_context": resource, "leader_context": resource,
				"settings": map[string]any{"type": "object", "dynamic": true},
			},
		},
	}, nil)
	if err != nil && !refused(err, http.StatusBadRequest) { // 400: there is one, of an earlier stand-in
		return err
	}
	s.exists = true
	return nil
}

func (s *metadataStore) put(ctx context.Context, id string, doc metadataDocument) error {
	if err := s.create(ctx); err != nil {
		return err
	}
	return s.node.call(ctx, http.MethodPut, "/"+storeIndex+"/_doc/"+url.PathEscape(id), doc, nil)
}

// forget removes a document. That it fails only shows in the store, so it is logged, not returned.
func (s *metadataStore) forget(ctx context.Context, id string, log func(string, ...any)) {
	err := s.node.call(ctx, http.MethodDelete, "/"+storeIndex+"/_doc/"+url.PathEscape(id), nil, nil)
	if err != nil && !refused(err, http.StatusNotFound) {
		log("%s: %v", storeIndex, err)
	}
}

// remember writes a replication as it is now into the store. The stand-in's own memory counts, the
// store is for readers, so a failure is only logged.
func (p *Plugin) remember(r *replication) {
	r.moving.Lock() // so that it cannot come after the forgetting of a stop
	defer r.moving.Unlock()
	v := r.view()
	if v.state == stopped {
		return
	}
	ctx, cancel := p.background()
	defer cancel()
	err := p.store.put(ctx, v.follower, metadataDocument{
		Connection: v.alias, Type: "INDEX", State: v.state, Reason: v.reason,
		Follower: metadataContext{v.follower}, Leader: metadataContext{v.leader}, Settings: v.settings,
	})
	if err != nil && ctx.Err() == nil {
		p.config.Log("%s: %v", storeIndex, err)
	}
}
