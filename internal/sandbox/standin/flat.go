// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package standin

import (
	"encoding/json"
	"strings"
)

// flatten turns nested settings into dotted names. Scalars become strings, as OpenSearch keeps them;
// null and lists stay.
func flatten(nested map[string]any) map[string]any {
	flat := map[string]any{}
	var walk func(prefix string, value any)
	walk = func(prefix string, value any) {
		switch v := value.(type) {
		case map[string]any:
			for key, inner := range v {
				walk(prefix+"."+key, inner)
			}
		case json.Number:
			flat[prefix] = v.String()
		case bool:
			flat[prefix] = "false"
			if v {
				flat[prefix] = "true"
			}
		default:
			flat[prefix] = v
		}
	}
	for key, value := range nested {
		walk(key, value)
	}
	return flat
}

// nest is the contrary of flatten.
func nest(flat map[string]any) map[string]any {
	nested := map[string]any{}
	for key, value := range flat {
		parts := strings.Split(key, ".")
		object := nested
		for _, part := range parts[:len(parts)-1] {
			inner, ok := object[part].(map[string]any)
			if !ok {
				inner = map[string]any{}
				object[part] = inner
			}
			object = inner
		}
		object[parts[len(parts)-1]] = value
	}
	return nested
}

// merge adds what is in extra to base, into objects as deep as both have them.
func merge(base, extra map[string]any) {
	for key, value := range extra {
		inner, isObject := value.(map[string]any)
		known, wasObject := base[key].(map[string]any)
		if isObject && wasObject {
			merge(known, inner)
			continue
		}
		base[key] = value
	}
}
