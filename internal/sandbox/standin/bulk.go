// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package standin

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strings"
)

func isBulk(method string, path []string) bool {
	return (method == http.MethodPost || method == http.MethodPut) &&
		(len(path) == 1 && path[0] == "_bulk" || len(path) == 2 && path[1] == "_bulk")
}

// bulkItem is one action of a bulk.
type bulkItem struct {
	action string // index, create, update, delete
	index  string
	id     any // nil: the node would choose one
	lines  []byte
}

// guardBulk refuses the items of a bulk that go to a replica; the others go on.
func (p *Plugin) guardBulk(w http.ResponseWriter, r *http.Request, path []string, next http.Handler) {
	raw, err := readBulk(r)
	if err != nil {
		writeError(w, err)
		return
	}
	fallback := ""
	if len(path) == 2 {
		fallback = path[0]
	}
	items, ok := parseBulk(raw, fallback)
	if !ok {
		pass(w, r, raw, next) // the node says what is wrong with it
		return
	}
	blocked, err := p.blockedItems(r.Context(), items)
	if err != nil {
		writeError(w, err)
		return
	}
	var rest bytes.Buffer
	for _, item := range items {
		if blocked[item.index] == "" {
			rest.Write(item.lines)
		}
	}
	if rest.Len() == len(raw) {
		pass(w, r, raw, next)
		return
	}
	answer := map[string]any{"took": 0, "errors": true, "items": []any{}}
	if rest.Len() > 0 {
		unfiltered := withBody(r, rest.Bytes())
		query := unfiltered.URL.Query()
		query.Del("filter_path") // each item has to be told from the next
		unfiltered.URL.RawQuery = query.Encode()
		if answer, ok = ask(w, unfiltered, next); !ok {
			return
		}
	}
	done, _ := answer["items"].([]any) // always there
	answer["items"] = mergeItems(items, blocked, done)
	answer["errors"] = true
	if filter := r.URL.Query().Get("filter_path"); filter != "" {
		answer = filterPath(answer, filter)
	}
	writeJSON(w, http.StatusOK, answer)
}

// mergeItems puts the results of the node and the refusals into the order of the request.
func mergeItems(items []bulkItem, blocked map[string]string, done []any) []any {
	out := make([]any, 0, len(items))
	for _, item := range items {
		replica := blocked[item.index]
		if replica == "" {
			if len(done) > 0 {
				out, done = append(out, done[0]), done[1:]
			}
			continue
		}
		out = append(out, map[string]any{item.action: map[string]any{
			"_index": replica, "_id": item.id, "status": http.StatusForbidden,
			"error": blockedByReplication([]string{replica}).object(),
		}})
	}
	return out
}

// blockedItems says for each name in the bulk which replica it stands for, if it does.
func (p *Plugin) blockedItems(ctx context.Context, items []bulkItem) (map[string]string, error) {
	out := map[string]string{}
	for _, item := range items {
		if _, known := out[item.index]; known || item.index == "" {
			continue
		}
		replicas, err := p.blocked(ctx, []string{item.index})
		if err != nil {
			return nil, err
		}
		out[item.index] = ""
		if len(replicas) > 0 {
			out[item.index] = replicas[0]
		}
	}
	return out, nil
}

// parseBulk splits a bulk into its items. It is not ok where one cannot be told.
func parseBulk(raw []byte, fallback string) (items []bulkItem, ok bool) {
	for len(raw) > 0 {
		line, rest := cutLine(raw)
		if len(bytes.TrimSpace(line)) == 0 {
			if len(items) > 0 {
				items[len(items)-1].lines = append(items[len(items)-1].lines, line...)
			}
			raw = rest
			continue
		}
		var action map[string]struct {
			Index string `json:"_index"`
			ID    any    `json:"_id"`
		}
		if json.Unmarshal(line, &action) != nil || len(action) != 1 {
			return nil, false
		}
		for verb, meta := range action {
			item := bulkItem{action: verb, index: meta.Index, id: meta.ID}
			if item.index == "" {
				item.index = fallback
			}
			size := len(line)
			if verb != "delete" {
				source, after := cutLine(rest)
				size, rest = size+len(source), after
			}
			item.lines = bytes.Clone(raw[:size])
			items = append(items, item)
		}
		raw = rest
	}
	return items, true
}

func cutLine(raw []byte) (line, rest []byte) {
	if end := bytes.IndexByte(raw, '\n'); end >= 0 {
		return raw[:end+1], raw[end+1:]
	}
	return raw, nil
}

// readBulk reads the body of a bulk, which clients like to compress.
func readBulk(r *http.Request) ([]byte, error) {
	if !strings.EqualFold(r.Header.Get("Content-Encoding"), "gzip") {
		return readBody(r)
	}
	unzipped, err := gzip.NewReader(r.Body)
	if err != nil {
		return nil, bodyRequired(err.Error())
	}
	raw, err := io.ReadAll(unzipped)
	if err != nil {
		return nil, bodyRequired(err.Error())
	}
	return raw, nil
}
