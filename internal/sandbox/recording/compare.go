// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package recording

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// anything is what a recording has in place of a value that differs from run to run.
const anything = "*"

// match lists the differences between a recorded answer and a new one.
func match(want, got any) []string { return matchAt("", want, got) }

func matchAt(path string, want, got any) []string {
	if want == anything {
		return nil
	}
	switch w := want.(type) {
	case map[string]any:
		if g, ok := got.(map[string]any); ok {
			return matchObjects(path, w, g)
		}
	case []any:
		g, ok := got.([]any)
		if !ok {
			break
		}
		if len(w) != len(g) {
			return []string{fmt.Sprintf("%s: %d elements, recorded %d", path, len(g), len(w))}
		}
		var out []string
		for i := range w {
			out = append(out, matchAt(fmt.Sprintf("%s/%d", path, i), w[i], g[i])...)
		}
		return out
	default:
		if isScalar(got) && want == got {
			return nil
		}
	}
	return []string{fmt.Sprintf("%s: %s, recorded %s", path, short(got), short(want))}
}

func matchObjects(path string, want, got map[string]any) []string {
	var out []string
	for _, key := range slices.Sorted(maps.Keys(want)) {
		if _, ok := got[key]; !ok {
			out = append(out, fmt.Sprintf("%s/%s: missing", path, key))
			continue
		}
		out = append(out, matchAt(path+"/"+key, want[key], got[key])...)
	}
	for _, key := range slices.Sorted(maps.Keys(got)) {
		if _, ok := want[key]; !ok {
			out = append(out, fmt.Sprintf("%s/%s: unexpected %s", path, key, short(got[key])))
		}
	}
	return out
}

// holds tells whether a subset is in an answer.
func holds(subset, got any) bool {
	switch s := subset.(type) {
	case map[string]any:
		g, ok := got.(map[string]any)
		if !ok {
			return false
		}
		for key, value := range s {
			inner, there := g[key]
			if !there || !holds(value, inner) {
				return false
			}
		}
		return true
	case []any:
		g, ok := got.([]any)
		return ok && slices.EqualFunc(s, g, holds)
	default:
		return isScalar(got) && subset == got
	}
}

// isScalar tells what can be compared with ==.
func isScalar(v any) bool {
	switch v.(type) {
	case map[string]any, []any:
		return false
	}
	return true
}

// decode keeps numbers as they are written, so that 1 is not 1.0. What is not JSON is text, and
// nothing is null.
func decode(raw []byte) any {
	if len(bytes.TrimSpace(raw)) == 0 {
		return nil
	}
	var v any
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.UseNumber()
	if dec.Decode(&v) != nil || dec.More() {
		return string(raw)
	}
	return v
}

func short(v any) string {
	raw, err := json.Marshal(v)
	if err != nil {
		return fmt.Sprint(v)
	}
	const most = 200
	if len(raw) > most {
		return strings.ToValidUTF8(string(raw[:most]), "") + "…"
	}
	return string(raw)
}
