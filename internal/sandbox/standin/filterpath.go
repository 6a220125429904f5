// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package standin

import "strings"

// filterPath keeps of an answer what the filter_path parameter asks for. The node filters its own
// answers; this is for the parts that the stand-in adds.
func filterPath(answer map[string]any, expression string) map[string]any {
	var include, exclude [][]string
	for path := range strings.SplitSeq(expression, ",") {
		path = strings.TrimSpace(path)
		switch {
		case path == "":
		case strings.HasPrefix(path, "-"):
			exclude = append(exclude, splitPath(path[1:]))
		default:
			include = append(include, splitPath(path))
		}
	}
	if len(include) > 0 {
		answer, _ = keep(answer, include).(map[string]any)
	}
	if len(exclude) > 0 {
		answer, _ = drop(answer, exclude).(map[string]any)
	}
	if answer == nil {
		return map[string]any{}
	}
	return answer
}

// splitPath splits at dots that are not escaped.
func splitPath(path string) []string {
	const escaped = "\x00"
	parts := strings.Split(strings.ReplaceAll(path, `\.`, escaped), ".")
	for i, part := range parts {
		parts[i] = strings.ReplaceAll(part, escaped, ".")
	}
	return parts
}

// descend is what is left of the paths below the member called key, and whether one of them ends there.
func descend(paths [][]string, key string) (below [][]string, ends bool) {
	for _, path := range paths {
		if path[0] == "**" { // any depth, also none
			below = append(below, path)
			if len(path) == 1 {
				return nil, true
			}
			path = path[1:]
		}
		if !wildcard(path[0], key) {
			continue
		}
		if len(path) == 1 {
			return nil, true
		}
		below = append(below, path[1:])
	}
	return below, false
}

func keep(value any, paths [][]string) any {
	switch v := value.(type) {
	case map[string]any:
		kept := map[string]any{}
		for key, inner := range v {
			below, ends := descend(paths, key)
			if ends {
				kept[key] = inner
			} else if len(below) > 0 {
				if inner = keep(inner, below); inner != nil {
					kept[key] = inner
				}
			}
		}
		if len(kept) > 0 {
			return kept
		}
	case []any:
		var kept []any
		for _, inner := range v {
			if inner = keep(inner, paths); inner != nil {
				kept = append(kept, inner)
			}
		}
		if len(kept) > 0 {
			return kept
		}
	}
	return nil
}

func drop(value any, paths [][]string) any {
	switch v := value.(type) {
	case map[string]any:
		left := map[string]any{}
		for key, inner := range v {
			below, ends := descend(paths, key)
			if ends {
				continue
			}
			if len(below) > 0 {
				if inner = drop(inner, below); inner == nil {
					continue
				}
			}
			left[key] = inner
		}
		if len(left) > 0 {
			return left
		}
		return nil
	case []any:
		var left []any
		for _, inner := range v {
			if inner = drop(inner, paths); inner != nil {
				left = append(left, inner)
			}
		}
		if len(left) > 0 {
			return left
		}
		return nil
	}
	return value
}

// wildcard matches a name against a pattern in which * stands for any run of characters.
func wildcard(pattern, name string) bool {
	parts := strings.Split(pattern, "*")
	if len(parts) == 1 {
		return pattern == name
	}
	if !strings.HasPrefix(name, parts[0]) {
		return false
	}
	name = name[len(parts[0]):]
	for _, part := range parts[1 : len(parts)-1] {
		at := strings.Index(name, part)
		if at < 0 {
			return false
		}
		name = name[at+len(part):]
	}
	return strings.HasSuffix(name, parts[len(parts)-1])
}
