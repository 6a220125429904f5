// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package recording

import (
	"reflect"
	"testing"
)

func TestMatch_ListsDifferences(t *testing.T) {
	for name, c := range map[string]struct {
		want, got string
		differ    []string
	}{
		"equal":             {`{"a":[1,"x",null,true]}`, `{"a":[1,"x",null,true]}`, nil},
		"anything":          {`{"a":"*"}`, `{"a":{"b":[1]}}`, nil},
		"anything is a key": {`{"a":"*"}`, `{}`, []string{"/a: missing"}},
		"missing":           {`{"a":1,"b":2}`, `{"a":1}`, []string{"/b: missing"}},
		"unexpected":        {`{"a":1}`, `{"a":1,"b":{"c":2}}`, []string{`/b: unexpected {"c":2}`}},
		"value":             {`{"a":{"b":1}}`, `{"a":{"b":2}}`, []string{"/a/b: 2, recorded 1"}},
		"number and text":   {`{"a":1}`, `{"a":"1"}`, []string{`/a: "1", recorded 1`}},
		"integer and float": {`{"a":1}`, `{"a":1.0}`, []string{"/a: 1.0, recorded 1"}},
		"length":            {`[1,2]`, `[1]`, []string{": 1 elements, recorded 2"}},
		"element":           {`[{"a":1}]`, `[{"a":3}]`, []string{"/0/a: 3, recorded 1"}},
		"object and list":   {`{"a":{}}`, `{"a":[]}`, []string{"/a: [], recorded {}"}},
		"list and object":   {`{"a":[]}`, `{"a":{}}`, []string{"/a: {}, recorded []"}},
		"scalar and object": {`{"a":1}`, `{"a":{}}`, []string{"/a: {}, recorded 1"}},
	} {
		t.Run(name, func(t *testing.T) {
			if got := match(decode([]byte(c.want)), decode([]byte(c.got))); !reflect.DeepEqual(got, c.differ) {
				t.Errorf("match(%s, %s) = %q, want %q", c.want, c.got, got, c.differ)
			}
		})
	}
}

func TestHolds_SubsetOfAnAnswer(t *testing.T) {
	for name, c := range map[string]struct {
		subset, got string
		want        bool
	}{
		"one key of two":    {`{"a":1}`, `{"a":1,"b":2}`, true},
		"nested":            {`{"a":{"b":1}}`, `{"a":{"b":1,"c":2}}`, true},
		"other value":       {`{"a":1}`, `{"a":2}`, false},
		"no such key":       {`{"a":null}`, `{}`, false},
		"not an object":     {`{"a":{"b":1}}`, `{"a":1}`, false},
		"list element wise": {`[{"a":1}]`, `[{"a":1,"b":2}]`, true},
		"shorter list":      {`[1]`, `[1,2]`, false},
		"scalar and object": {`1`, `{}`, false},
	} {
		t.Run(name, func(t *testing.T) {
			if got := holds(decode([]byte(c.subset)), decode([]byte(c.got))); got != c.want {
				t.Errorf("holds(%s, %s) = %v", c.subset, c.got, got)
			}
		})
	}
}

func TestStep_SendsTheBodyAsRecorded(t *testing.T) {
	for _, c := range []struct{ body, want string }{
		{`"not json"`, `not json`},
		{"{\n \"a\": 1,\n \"b\": [\"x,y\", \"q\\\":\"]\n}", `{"a": 1, "b": ["x,y", "q\":"]}`},
		{`{}`, `{}`},
		{``, ``},
	} {
		got, err := Step{Body: []byte(c.body)}.payload()
		if err != nil || string(got) != c.want {
			t.Errorf("payload of %s: %s, %v; want %s", c.body, got, err, c.want)
		}
	}
}

func TestLoad_HasAllRecordings(t *testing.T) {
	scenarios, err := Load()
	if err != nil {
		t.Fatal(err)
	}
	if len(scenarios) != 24 {
		t.Errorf("%d recordings, want 24", len(scenarios))
	}
	for _, s := range scenarios {
		if len(s.Steps) == 0 || s.About == "" {
			t.Errorf("%s is not read: %d steps, about %q", s.Name, len(s.Steps), s.About)
		}
		for i, step := range s.Steps {
			if step.Sleep == 0 && (step.Status == 0 || step.Method == "" || step.At != "leader" && step.At != "follower") {
				t.Errorf("%s: step %d is neither a request nor a pause: %+v", s.Name, i+1, step)
			}
		}
	}
}
