// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package standin

import (
	"encoding/json"
	"errors"
	"reflect"
	"testing"
	"time"
)

func object(t *testing.T, text string) map[string]any {
	t.Helper()
	var out map[string]any
	if err := decodeNumbers([]byte(text), &out); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return out
}

func text(t *testing.T, v any) string {
	t.Helper()
	raw, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

func TestFilterPath(t *testing.T) {
	const answer = `{"metadata":{"replication_metadata":{"a":{"s":1},"b":{"s":2}},"indices":{"x":{"settings":{"index.uuid":"u"}}}},"took":3,"hits":[{"id":1,"v":2},{"id":2}]}`
	for filter, want := range map[string]string{
		"metadata.replication_metadata":     `{"metadata":{"replication_metadata":{"a":{"s":1},"b":{"s":2}}}}`,
		"metadata.replication_metadata.a,x": `{"metadata":{"replication_metadata":{"a":{"s":1}}}}`,
		"**.s":                              `{"metadata":{"replication_metadata":{"a":{"s":1},"b":{"s":2}}}}`,
		"hits.id":                           `{"hits":[{"id":1},{"id":2}]}`,
		"hits.v":                            `{"hits":[{"v":2}]}`,
		"meta*.*.x":                         `{"metadata":{"indices":{"x":{"settings":{"index.uuid":"u"}}}}}`,
		`**.index\.uuid`:                    `{"metadata":{"indices":{"x":{"settings":{"index.uuid":"u"}}}}}`,
		"nothing":                           `{}`,
		"-metadata,-hits":                   `{"took":3}`,
		"hits,-hits.v":                      `{"hits":[{"id":1},{"id":2}]}`,
		"-**.s,-took,-hits,-**.indices":     `{}`,
	} {
		if got := text(t, filterPath(object(t, answer), filter)); got != want {
			t.Errorf("filter_path=%s: %s, want %s", filter, got, want)
		}
	}
}

func TestWildcard(t *testing.T) {
	for _, c := range []struct {
		pattern, name string
		want          bool
	}{
		{"a", "a", true},
		{"a", "ab", false},
		{"*", "", true},
		{"a*", "ab", true},
		{"a*", "ba", false},
		{"*b", "ab", true},
		{"a*b*c", "a-b-c", true},
		{"a*b*c", "acb", false},
		{"ab*ba", "aba", false},
		{"a**", "a", true},
		{"*x*", "axb", true},
	} {
		if got := wildcard(c.pattern, c.name); got != c.want {
			t.Errorf("wildcard(%q, %q) = %v", c.pattern, c.name, got)
		}
	}
}

func TestFlatten_AndNest(t *testing.T) {
	nested := object(t, `{"index":{"a":{"b":1},"c":true},"d.e":"x","f":null,"g":["h"]}`)
	want := map[string]any{"index.a.b": "1", "index.c": "true", "d.e": "x", "f": nil, "g": []any{"h"}}
	flat := flatten(nested)
	if !reflect.DeepEqual(flat, want) {
		t.Errorf("flat %v, want %v", flat, want)
	}
	if got := text(t, nest(flat)); got != `{"d":{"e":"x"},"f":null,"g":["h"],"index":{"a":{"b":"1"},"c":"true"}}` {
		t.Errorf("nested %s", got)
	}
}

func TestParseStart_Refuses(t *testing.T) {
	for body, want := range map[string]string{
		``:                   "400 parse_exception: request body or source parameter is required",
		`[1]`:                "400 x_content_parse_exception: [1:1] [FollowIndexRequestParser] Expected START_OBJECT but was: START_ARRAY",
		"{\n  \"x\": 1}":     "400 x_content_parse_exception: [2:3] [FollowIndexRequestParser] unknown field [x]",
		`{"leader_alias":5}`: "400 x_content_parse_exception: [1:2] [FollowIndexRequestParser] leader_alias doesn't support values of type: VALUE_NUMBER",
		`{"leader_alias":tru}`: "400 json_parse_exception: Unrecognized token 'tru': was expecting (JSON String, Number, Array, Object or token 'null', 'true' or 'false')\n" +
			" at [Source: REDACTED (`StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION` disabled); line: 1, column: 21]",
		`{"leader_alias":"a","leader_index":"B c"}`: "400 action_request_validation_exception: Validation Failed: 1: Value B c must be lowercase;" +
			`2: Value B c must not contain the following characters [ , ", *, \, <, |, ,, >, /, ?];`,
		`{"leader_alias":"a","leader_index":"b","use_roles":{"follower_cluster_role":"x"}}`: "400 action_request_validation_exception: " +
			"Validation Failed: 1: Need roles for leader_cluster_role and follower_cluster_role;",
	} {
		_, err := parseStart([]byte(body), "follower")
		if err == nil || err.Error() != want {
			t.Errorf("%s: %v, want %s", body, err, want)
		}
	}
	req, err := parseStart([]byte(`{"leader_alias":"a","leader_index":"b","use_roles":null,"settings":{"index":{"refresh_interval":"1s"},"number_of_replicas":2}}`), "f")
	want := startRequest{alias: "a", leader: "b", settings: map[string]any{"index.refresh_interval": "1s", "index.number_of_replicas": "2"}}
	if err != nil || !reflect.DeepEqual(req, want) {
		t.Errorf("%+v, %v; want %+v", req, err, want)
	}
}

func TestParseRule_Names(t *testing.T) {
	for body, want := range map[string]string{
		`{"leader_alias":"a","name":"R","pattern":"x*"}`:         "Value R must be lowercase",
		`{"leader_alias":"a","name":"r","pattern":"_x"}`:         "Autofollow pattern: _x must not start with '_' or '-'",
		`{"leader_alias":"a","name":"r","pattern":"a/b"}`:        "Autofollow pattern: a/b must not contain the following characters",
		`{"leader_alias":"a","name":"r","pattern":"x*","y":"z"}`: "[AutoFollowRequestParser] unknown field [y]",
	} {
		_, err := parseRule([]byte(body), false)
		var api *apiError
		if !errors.As(err, &api) || !contains(api.reason, want) {
			t.Errorf("%s: %v, want %s", body, err, want)
		}
	}
	if _, err := parseRule([]byte(`{"leader_alias":"a","name":"r","pattern":"*","settings":{"index.a":1}}`), false); err != nil {
		t.Error(err)
	}
	if _, err := parseRule([]byte(`{"leader_alias":"a","name":"r","pattern":"*"}`), true); err == nil {
		t.Error("a deletion with a pattern was taken")
	}
}

func TestParseDuration(t *testing.T) {
	for text, want := range map[string]time.Duration{
		"50ms": 50 * time.Millisecond, "5s": 5 * time.Second, "2m": 2 * time.Minute, "12h": 12 * time.Hour, "1d": 24 * time.Hour,
		"7micros": 7 * time.Microsecond, "9nanos": 9,
	} {
		if got, err := parseDuration(text); err != nil || got != want {
			t.Errorf("%s: %v, %v", text, got, err)
		}
	}
	for _, text := range []string{"", "5", "s", "5x", "h5", "1.5s"} {
		if got, err := parseDuration(text); err == nil {
			t.Errorf("%q was taken as %v", text, got)
		}
	}
}

func TestTiming_BackoffDoublesToAMinute(t *testing.T) {
	timing := Timing{}.withDefaults()
	for failures, want := range map[int]time.Duration{
		1: time.Second, 2: 2 * time.Second, 3: 4 * time.Second, 6: 32 * time.Second, 7: time.Minute, 50: time.Minute,
	} {
		if got := timing.backoff(failures); got != want {
			t.Errorf("after %d failures %v, want %v", failures, got, want)
		}
	}
}

func TestTiming_IsThePluginsUnlessSet(t *testing.T) {
	if got := (Timing{}).withDefaults().Unreadable; got != 15*time.Second {
		t.Errorf("a missing leader index pauses after %s, want 15 s", got)
	}
	if got := (Timing{Unreadable: time.Second}).withDefaults().Unreadable; got != time.Second {
		t.Errorf("a missing leader index pauses after %s, want the second that was set", got)
	}
}

func TestTooNew_ComparesIndexAndNode(t *testing.T) {
	info := indexInfo{Settings: map[string]any{"index.version.created": "136408227"}} // 2.19.4
	for version, refused := range map[string]bool{"2.19.4": false, "2.19.1": false, "2.17.0": true, "3.6.0": false, "1.3.13": true} {
		if got := info.tooNew("x", version); (got != nil) != refused {
			t.Errorf("an index of 2.19.4 on %s: %v", version, got)
		}
	}
	if got := indexVersion("136408227"); got != "2.19.4" {
		t.Errorf("version %s", got)
	}
}

func TestRemoteAddresses(t *testing.T) {
	persistent := map[string]any{
		"cluster.remote.a.seeds":         []any{"1:1", "2:2"},
		"cluster.remote.b.proxy_address": "3:3",
		"cluster.remote.c.seeds":         "4:4, 5:5",
	}
	transient := map[string]any{"cluster.remote.a.seeds": []any{"9:9"}}
	for alias, want := range map[string][]string{"a": {"9:9", "1:1", "2:2"}, "b": {"3:3"}, "c": {"4:4", "5:5"}, "d": nil} {
		if got := remoteAddresses(alias, persistent, transient); !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %v, want %v", alias, got, want)
		}
	}
}

func TestMismatches_GroupsBucketsThatLackDocuments(t *testing.T) {
	known := []numbered{{"a", 0}, {"b", 1}, {"c", 10}, {"d", 11}, {"e", 20}, {"f", 21}, {"g", 35}}
	for name, c := range map[string]struct {
		counts map[int64]int
		want   [][]numbered
	}{
		"nothing is missing": {map[int64]int{0: 2, 1: 2, 2: 2, 3: 1}, nil},
		"one bucket":         {map[int64]int{0: 2, 1: 1, 2: 2, 3: 1}, [][]numbered{{{"c", 10}, {"d", 11}}}},
		"neighbours are one": {map[int64]int{0: 2, 1: 1, 3: 1}, [][]numbered{{{"c", 10}, {"d", 11}, {"e", 20}, {"f", 21}}}},
		"others are not":     {map[int64]int{0: 1, 1: 2, 2: 2}, [][]numbered{{{"a", 0}, {"b", 1}}, {{"g", 35}}}},
		"more on the leader": {map[int64]int{0: 5, 1: 2, 2: 2, 3: 1, 4: 7}, nil},
	} {
		if got := mismatches(known, c.counts, 10); !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
}

func TestParseBulk(t *testing.T) {
	items, ok := parseBulk([]byte("{\"index\":{\"_index\":\"a\",\"_id\":\"1\"}}\n{\"x\":1}\n\n{\"delete\":{\"_id\":\"2\"}}\n{\"create\":{}}\n{}"), "fallback")
	if !ok || len(items) != 3 {
		t.Fatalf("%v, %v", items, ok)
	}
	for i, want := range []struct{ action, index, lines string }{
		{"index", "a", "{\"index\":{\"_index\":\"a\",\"_id\":\"1\"}}\n{\"x\":1}\n\n"},
		{"delete", "fallback", "{\"delete\":{\"_id\":\"2\"}}\n"},
		{"create", "fallback", "{\"create\":{}}\n{}"},
	} {
		if items[i].action != want.action || items[i].index != want.index || string(items[i].lines) != want.lines {
			t.Errorf("item %d: %+v (%q), want %+v", i, items[i], items[i].lines, want)
		}
	}
	for _, broken := range []string{"x\n", "[]\n", "{\"a\":{},\"b\":{}}\n"} {
		if items, ok := parseBulk([]byte(broken), ""); ok {
			t.Errorf("%q was taken: %v", broken, items)
		}
	}
}
