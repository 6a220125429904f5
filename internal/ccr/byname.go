// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package ccr

import (
	"iter"
	"slices"
)

// ByName has a value for each name, in the order of the names. A follower can
// have a hundred thousand indices, and every plan goes over all of them several
// times, side by side with what the leader has and with what the resource owns. In
// a map each of these looks would be a miss of the processor's cache; in order they
// are read from front to back. It is never changed: [ByName.With] and
// [ByName.Without] make another one.
type ByName[V any] struct {
	names  []string
	values []V
}

// NewByName puts a map in order.
func NewByName[M ~map[string]V, V any](m M) ByName[V] {
	n := ByName[V]{names: make([]string, 0, len(m)), values: make([]V, 0, len(m))}
	for name := range m {
		n.names = append(n.names, name)
	}
	slices.Sort(n.names)
	for _, name := range n.names {
		n.values = append(n.values, m[name])
	}
	return n
}

// InOrder has the values for names that are in order, each once, as Go compares
// strings. Otherwise it puts them in order.
func InOrder[V any](names []string, values []V) ByName[V] {
	for i := 1; i < len(names); i++ {
		if names[i] <= names[i-1] {
			m := make(map[string]V, len(names))
			for i, name := range names {
				m[name] = values[i]
			}
			return NewByName(m)
		}
	}
	return ByName[V]{names: names, values: values}
}

// Len is how many names there are.
func (n ByName[V]) Len() int { return len(n.names) }

// Same reports whether this is that very value: neither was made by changing the other.
func (n ByName[V]) Same(other ByName[V]) bool {
	return len(n.names) == len(other.names) && (len(n.names) == 0 || &n.names[0] == &other.names[0] && &n.values[0] == &other.values[0])
}

// At is the value of a name, or the zero value where there is none.
func (n ByName[V]) At(name string) V {
	v, _ := n.Find(name)
	return v
}

// Find is the value of a name, and whether there is one.
func (n ByName[V]) Find(name string) (value V, found bool) {
	i, found := slices.BinarySearch(n.names, name)
	if !found {
		return value, false
	}
	return n.values[i], true
}

// All are the names and values in order. The values must not be changed.
func (n ByName[V]) All() iter.Seq2[string, *V] {
	return func(yield func(string, *V) bool) {
		for i := range n.names {
			if !yield(n.names[i], &n.values[i]) {
				return
			}
		}
	}
}

// Values are copies of the names and values in order.
func (n ByName[V]) Values() iter.Seq2[string, V] {
	return func(yield func(string, V) bool) {
		for i := range n.names {
			if !yield(n.names[i], n.values[i]) {
				return
			}
		}
	}
}

// Ascending finds values like [ByName.Find] for whoever asks for names in order:
// each search begins where the one before it ended.
// The values must not be changed.
func (n ByName[V]) Ascending() func(name string) (value *V, found bool) {
	i := 0
	return func(name string) (value *V, found bool) {
		for i < len(n.names) && n.names[i] < name {
			i++
		}
		if i == len(n.names) || n.names[i] != name {
			return nil, false
		}
		return &n.values[i], true
	}
}

// inOrder are the names of several lists, each of which is in order, each name once.
func inOrder(lists ...[]string) iter.Seq[string] {
	return func(yield func(string) bool) {
		for {
			least, found := "", false
			for _, list := range lists {
				if len(list) > 0 && (!found || list[0] < least) {
					least, found = list[0], true
				}
			}
			if !found || !yield(least) {
				return
			}
			for i, list := range lists {
				if len(list) > 0 && list[0] == least {
					lists[i] = list[1:]
				}
			}
		}
	}
}

// With is the same with this value for a name.
func (n ByName[V]) With(name string, value V) ByName[V] {
	i, found := slices.BinarySearch(n.names, name)
	if found {
		return ByName[V]{names: n.names, values: slices.Concat(n.values[:i], []V{value}, n.values[i+1:])}
	}
	return ByName[V]{names: slices.Concat(n.names[:i], []string{name}, n.names[i:]), values: slices.Concat(n.values[:i], []V{value}, n.values[i:])}
}

// Without is the same without a name.
func (n ByName[V]) Without(name string) ByName[V] {
	i, found := slices.BinarySearch(n.names, name)
	if !found {
		return n
	}
	return ByName[V]{names: slices.Concat(n.names[:i], n.names[i+1:]), values: slices.Concat(n.values[:i], n.values[i+1:])}
}

// add appends a value whose name comes after all others.
func (n *ByName[V]) add(name string, value V) {
	n.names, n.values = append(n.names, name), append(n.values, value)
}
