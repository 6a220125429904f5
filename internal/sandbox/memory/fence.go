// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package memory

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
)

const (
	blockSetting = "index.blocks.write"
	fenceSetting = "index.routing.allocation.exclude.opensearch_ccr_fenced_for"
)

// fences are the indices that have one of the two settings.
func (c *Cluster) fences() object {
	answer := object{}
	for _, ix := range c.sorted() {
		settings := object{}
		if ix.writeBlock {
			settings[blockSetting] = "true"
		}
		if ix.fencedFor != "" {
			settings[fenceSetting] = ix.fencedFor
		}
		if len(settings) > 0 && !ix.closed {
			answer[ix.name] = object{"settings": settings}
		}
	}
	return answer
}

func (c *Cluster) setSettings(expression string, raw []byte) object {
	var changed map[string]*string
	_ = json.Unmarshal(raw, &changed) // a text or null
	for name := range strings.SplitSeq(expression, ",") {
		ix := c.indices[name]
		if ix == nil {
			continue
		}
		if block, set := changed[blockSetting]; set {
			ix.writeBlock = block != nil
		}
		if mark, set := changed[fenceSetting]; set {
			ix.fencedFor = ""
			if mark != nil {
				ix.fencedFor = *mark
			}
		}
	}
	return acknowledged
}

func (c *Cluster) block(expression string) object {
	for name := range strings.SplitSeq(expression, ",") {
		if ix := c.indices[name]; ix != nil {
			ix.writeBlock = true
		}
	}
	return object{"acknowledged": true, "shards_acknowledged": true, "indices": []any{}}
}

// stats are documents, size and sequence number of every open index, which has one shard.
func (c *Cluster) stats() object {
	indices := object{}
	for _, ix := range c.sorted() {
		if ix.closed {
			continue
		}
		shard := object{"routing": object{"primary": true}, "seq_no": object{"max_seq_no": ix.seq}}
		indices[ix.name] = object{"uuid": ix.uuid, "shards": object{"0": []object{shard}},
			"primaries": object{"docs": object{"count": len(ix.docs)}, "store": object{"size_in_bytes": 1000 * len(ix.docs)}}}
	}
	return object{"indices": indices}
}

// template is one whose indices writes cannot create, because it sends them through
// a pipeline that does not exist. Other templates are not modelled.
func (c *Cluster) template(method, name string, raw []byte) (any, *refusal) {
	if method == http.MethodDelete {
		if c.refusing[name] == nil {
			return nil, refuse(http.StatusNotFound, "index_template_missing_exception", "index_template [%s] missing", name)
		}
		delete(c.refusing, name)
		return acknowledged, nil
	}
	var body struct {
		Patterns []string `json:"index_patterns"`
	}
	if json.Unmarshal(raw, &body) != nil || len(body.Patterns) == 0 {
		return nil, refuse(http.StatusBadRequest, "parse_exception", "a template needs index_patterns")
	}
	if c.refusing == nil {
		c.refusing = map[string][]string{}
	}
	c.refusing[name] = body.Patterns
	return acknowledged, nil
}

func (c *Cluster) keptOut(index string) bool {
	for _, names := range c.refusing {
		if slices.Contains(names, index) {
			return true
		}
	}
	return false
}
