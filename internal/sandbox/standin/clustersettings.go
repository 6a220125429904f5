// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package standin

import (
	"fmt"
	"maps"
	"strconv"
	"strings"
	"sync"
	"time"
)

const settingsPrefix = "plugins.replication."

// kind is the type of a setting's value.
type kind int

const (
	boolean kind = iota
	integer
	duration
	size
)

// setting is one of the plugin's settings, with its bounds where it has them.
type setting struct {
	kind     kind
	fallback string
	least    string
	most     string
}

// clusterSettings are the plugin's dynamic settings, which the node, having no plugin, would refuse.
type clusterSettings struct {
	known map[string]setting

	mu         sync.Mutex
	persistent map[string]any
	transient  map[string]any
}

func newClusterSettings(version string, minAutofetch time.Duration) *clusterSettings {
	known := map[string]setting{
		"follower.block.start":                                {boolean, "false", "", ""},
		"follower.index.ops_batch_size":                       {integer, "50000", "16", ""},
		"follower.index.recovery.chunk_size":                  {size, "10mb", "", ""},
		"follower.index.recovery.max_concurrent_file_chunks":  {integer, "5", "1", ""},
		"follower.concurrent_readers_per_shard":               {integer, "2", "1", ""},
		"follower.concurrent_writers_per_shard":               {integer, "2", "1", ""},
		"follower.poll_interval":                              {duration, "50ms", "1ms", "1s"},
		"follower.metadata_sync_interval":                     {duration, "60s", "5s", ""},
		"follower.retention_lease_max_failure_duration":       {duration, "1h", "1s", "12h"},
		"autofollow.fetch_poll_interval":                      {duration, printDuration(minAutofetch), printDuration(minAutofetch), "1h"},
		"autofollow.retry_poll_interval":                      {duration, "1h", "1m", "4h"},
		"autofollow.concurrent_replication_jobs_trigger_size": {integer, "3", "1", "10"},
		"leader.thread_pool.size":                             {integer, "0", "0", ""},
		"leader.thread_pool.queue_size":                       {integer, "1000", "0", ""},
	}
	if strings.HasPrefix(version, "3.") { // 2.19 says "not recognized" (recorded 18)
		known["replicate.delete_index"] = setting{boolean, "false", "", ""}
	}
	s := &clusterSettings{known: map[string]setting{}, persistent: map[string]any{}, transient: map[string]any{}}
	for name, spec := range known {
		s.known[settingsPrefix+name] = spec
	}
	return s
}

// check says what OpenSearch has against a value, nil removes it.
func (s *clusterSettings) check(scope, name string, value any) *apiError {
	spec, ok := s.known[name]
	if !ok {
		return illegalArgument("%s setting [%s], not recognized", scope, name)
	}
	if value == nil {
		return nil
	}
	text := fmt.Sprint(value)
	switch spec.kind {
	case boolean:
		if text != "true" && text != "false" {
			return illegalArgument("Failed to parse value [%s] as only [true] or [false] are allowed.", text)
		}
	case integer:
		return spec.checkInteger(name, text)
	case duration:
		return spec.checkDuration(name, text)
	case size:
	}
	return nil
}

func (s setting) checkInteger(name, text string) *apiError {
	n, err := strconv.Atoi(text)
	if err != nil {
		e := illegalArgument("Failed to parse value [%s] for setting [%s]", text, name)
		return e
	}
	if least, err := strconv.Atoi(s.least); err == nil && n < least {
		return illegalArgument("Failed to parse value [%s] for setting [%s] must be >= %d", text, name, least)
	}
	if most, err := strconv.Atoi(s.most); err == nil && n > most {
		return illegalArgument("Failed to parse value [%s] for setting [%s] must be <= %d", text, name, most)
	}
	return nil
}

func (s setting) checkDuration(name, text string) *apiError {
	d, err := parseDuration(text)
	if err != nil {
		return illegalArgument("failed to parse setting [%s] with value [%s] as a time value: unit is missing or unrecognized", name, text)
	}
	if least, err := parseDuration(s.least); err == nil && d < least {
		return illegalArgument("failed to parse value [%s] for setting [%s], must be >= [%s]", text, name, s.least)
	}
	if most, err := parseDuration(s.most); err == nil && d > most {
		return illegalArgument("failed to parse value [%s] for setting [%s], must be <= [%s]", text, name, s.most)
	}
	return nil
}

// apply sets and, with nil, removes.
func (s *clusterSettings) apply(persistent, transient map[string]any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, scope := range []struct{ to, from map[string]any }{{s.persistent, persistent}, {s.transient, transient}} {
		for name, value := range scope.from {
			if value == nil {
				delete(scope.to, name)
			} else {
				scope.to[name] = fmt.Sprint(value)
			}
		}
	}
}

// set are copies of what is set, flat.
func (s *clusterSettings) set() (persistent, transient map[string]any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return maps.Clone(s.persistent), maps.Clone(s.transient)
}

// defaults are the values of what is not set, flat.
func (s *clusterSettings) defaults() map[string]any {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := map[string]any{}
	for name, spec := range s.known {
		if s.persistent[name] == nil && s.transient[name] == nil {
			out[name] = spec.fallback
		}
	}
	return out
}

// value is what is in force: transient before persistent before the fallback.
func (s *clusterSettings) value(name string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, scope := range []map[string]any{s.transient, s.persistent} {
		if value, ok := scope[name].(string); ok {
			return value
		}
	}
	return s.known[name].fallback
}

func (s *clusterSettings) bool(name string) bool { return s.value(name) == "true" }

func (s *clusterSettings) int(name string) int {
	n, err := strconv.Atoi(s.value(name))
	if err != nil {
		panic("standin: " + name + " was not checked") // a value is checked before it is set
	}
	return n
}

func (s *clusterSettings) duration(name string) time.Duration {
	d, err := parseDuration(s.value(name))
	if err != nil {
		panic("standin: " + name + " was not checked") // a value is checked before it is set
	}
	return d
}
