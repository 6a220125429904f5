// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

// Package recording replays what was recorded of the real cross-cluster-replication plugin against
// any two services: the sandbox's, with the stand-in or with the real plugin, or two clusters
// anywhere. It is the contract that the stand-in is held to.
package recording

import (
	"bytes"
	"embed"
	"encoding/json"
	"fmt"
	"path"
	"time"
)

//go:embed testdata/*.json
var files embed.FS

// Scenario is one recorded session with two clusters that were clean before.
type Scenario struct {
	Name  string `json:"-"` // of the file, without its ending
	About string `json:"about"`
	Steps []Step `json:"steps"`
}

// Step is one request and what was answered, or a pause.
type Step struct {
	Sleep  float64         `json:"sleep"` // seconds; then it is nothing else
	At     string          `json:"at"`    // leader or follower
	Method string          `json:"method"`
	Path   string          `json:"path"`
	Body   json.RawMessage `json:"body"` // a string is sent as it is

	// Until is a subset that the answer has to contain and UntilStatus an HTTP status: the request is
	// repeated for up to Within seconds (60 where it is 0).
	Until       json.RawMessage `json:"until"`
	UntilStatus int             `json:"until_status"`
	Within      int             `json:"within"`

	Status int             `json:"status"`
	Answer json.RawMessage `json:"answer"` // "*" in it stands for anything
}

// Load reads all recordings, in the order of their names.
func Load() ([]Scenario, error) {
	entries, err := files.ReadDir("testdata")
	if err != nil {
		return nil, err
	}
	out := make([]Scenario, 0, len(entries))
	for _, entry := range entries {
		raw, err := files.ReadFile(path.Join("testdata", entry.Name()))
		if err != nil {
			return nil, err
		}
		dec := json.NewDecoder(bytes.NewReader(raw))
		var s Scenario
		if err := dec.Decode(&s); err != nil {
			return nil, fmt.Errorf("%s: %w", entry.Name(), err)
		}
		s.Name = entry.Name()[:len(entry.Name())-len(path.Ext(entry.Name()))]
		out = append(out, s)
	}
	return out, nil
}

func (s Step) String() string { return s.Method + " " + s.Path }

// patience is how long the answer that a step waits for may take.
func (s Step) patience() time.Duration {
	if s.Within == 0 {
		return time.Minute
	}
	return time.Duration(s.Within) * time.Second
}

// payload is the body as it was sent when it was recorded: the plugin names columns of it in errors.
func (s Step) payload() ([]byte, error) {
	if len(s.Body) == 0 {
		return nil, nil
	}
	var text string
	if json.Unmarshal(s.Body, &text) == nil && string(s.Body) != "null" {
		return []byte(text), nil
	}
	var compact bytes.Buffer
	if err := json.Compact(&compact, s.Body); err != nil {
		return nil, err
	}
	return spaced(compact.Bytes()), nil
}

// spaced puts a space after each colon and comma, as Python writes JSON.
func spaced(compact []byte) []byte {
	var out []byte
	inString := false
	for i, c := range compact {
		out = append(out, c)
		switch {
		case c == '"' && !escaped(compact, i):
			inString = !inString
		case !inString && (c == ':' || c == ','):
			out = append(out, ' ')
		}
	}
	return out
}

func escaped(raw []byte, i int) bool {
	backslashes := 0
	for i--; i >= 0 && raw[i] == '\\'; i-- {
		backslashes++
	}
	return backslashes%2 == 1
}
