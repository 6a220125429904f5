// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package replication

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/ccr"
)

// Record is what the plugin keeps of one replication or one rule.
type Record struct {
	LeaderAlias string
	// Leader is the leader index, or the pattern of a rule.
	Leader string
	State  ccr.State
	Reason string
	// Roles are known only where the security plugin is on.
	Roles    ccr.Roles
	Settings map[string]string
}

// Records are the plugin's records. A search sees a change up to 1 s late.
type Records struct {
	// Readable is false where the store is closed to this user, as on Amazon's service.
	Readable bool
	// Indices are by follower index.
	Indices map[string]Record
	// Rules are by alias and name, as [RuleKey] makes them.
	Rules map[string]Record
}

// RuleKey names a rule on its follower: rules of two aliases may have one name.
func RuleKey(alias, name string) string { return alias + ":" + name }

// recordsPage is how many documents one search may return.
const recordsPage = 10000

// ReadRecords reads the plugin's metadata store, a system index.
func (c *Client) ReadRecords(ctx context.Context) (Records, error) {
	type place struct {
		Resource string `json:"resource"`
		User     *struct {
			Roles []string `json:"roles"`
		} `json:"user"`
	}
	var answer struct {
		Hits struct {
			Hits []struct {
				Source struct {
					Connection string         `json:"connection_name"`
					Type       string         `json:"metadata_type"`
					State      string         `json:"overall_state"`
					Reason     string         `json:"reason"`
					Follower   place          `json:"follower_context"`
					Leader     place          `json:"leader_context"`
					Settings   map[string]any `json:"settings"`
				} `json:"_source"`
			} `json:"hits"`
		} `json:"hits"`
	}
	records := Records{Readable: true, Indices: map[string]Record{}, Rules: map[string]Record{}}
	err := c.call(ctx, http.MethodGet, fmt.Sprintf("/.replication-metadata-store/_search?size=%d&filter_path=hits.hits._source", recordsPage), nil, &answer)
	if is(err, "index_not_found_exception", "") {
		return records, nil // it is made with the first replication
	}
	if err != nil {
		return Records{}, err
	}
	for _, hit := range answer.Hits.Hits {
		s := hit.Source
		record := Record{LeaderAlias: s.Connection, Leader: s.Leader.Resource, State: overallState(s.State), Reason: s.Reason, Settings: flat(s.Settings)}
		if s.Leader.User != nil && s.Follower.User != nil && len(s.Leader.User.Roles) == 1 && len(s.Follower.User.Roles) == 1 {
			record.Roles = ccr.Roles{Leader: s.Leader.User.Roles[0], Follower: s.Follower.User.Roles[0]}
		}
		if strings.EqualFold(s.Type, "INDEX") {
			records.Indices[s.Follower.Resource] = record
		} else {
			records.Rules[RuleKey(s.Connection, s.Follower.Resource)] = record
		}
	}
	return records, nil
}

// leaderIndexSetting marks a replica with ALIAS:LEADER_INDEX. It is null after a
// stop, and filtered out on Amazon's service.
const leaderIndexSetting = "index.plugins.replication.follower.leader_index"

// mark is what an index says of itself.
type mark struct {
	uuid string
	// source is empty for an index that is not a replica, and for every index
	// on a service that hides the setting.
	source ccr.Source
	// closed is set where this user may not read the setting.
	closed bool
}

// marks reads which indices exist, hidden ones left out, and which are
// replicas: all, or those of the names that exist. The plugin's own roles do not
// permit to read settings; then only the list of indices is left.
func (c *Client) marks(ctx context.Context, indices []string) (map[string]mark, error) {
	// Only what is asked for is decoded: there can be a hundred thousand.
	var all map[string]struct {
		Settings struct {
			UUID   string `json:"index.uuid"`
			Leader string `json:"index.plugins.replication.follower.leader_index"`
		} `json:"settings"`
	}
	err := c.readSettings(ctx, indices, "/index.uuid,"+leaderIndexSetting, &all)
	if isClosedRoute(err) {
		if listed, unlisted := c.unmarked(ctx, indices); unlisted == nil {
			return listed, nil
		}
	}
	if err != nil {
		return nil, err
	}
	marks := make(map[string]mark, len(all))
	for index, a := range all {
		m := mark{uuid: a.Settings.UUID}
		m.source.Alias, m.source.Index, _ = strings.Cut(a.Settings.Leader, ":")
		marks[index] = m
	}
	return marks, nil
}

// unmarked lists the indices, all or those of the names that exist, without
// their marks. The route refuses a list of names when one of them does not exist,
// so all are asked for.
func (c *Client) unmarked(ctx context.Context, indices []string) (map[string]mark, error) {
	var answer []struct {
		Name string `json:"index"`
		UUID string `json:"uuid"`
	}
	if err := c.call(ctx, http.MethodGet, "/_cat/indices?format=json&h=index,uuid&expand_wildcards=open,closed", nil, &answer); err != nil {
		return nil, err
	}
	marks := make(map[string]mark, len(answer))
	for _, a := range answer {
		if indices == nil || slices.Contains(indices, a.Name) {
			marks[a.Name] = mark{uuid: a.UUID, closed: true}
		}
	}
	return marks, nil
}

// ReadIndexSettings reads the settings of every index but hidden ones, flat.
func (c *Client) ReadIndexSettings(ctx context.Context) (map[string]map[string]string, error) {
	var answer map[string]struct {
		Settings map[string]any `json:"settings"`
	}
	if err := c.readSettings(ctx, nil, "", &answer); err != nil {
		return nil, err
	}
	out := make(map[string]map[string]string, len(answer))
	for index, a := range answer {
		out[index] = flat(a.Settings)
	}
	return out, nil
}

// readSettings reads settings by their flat names: of all indices but hidden ones,
// or of those of the names that exist.
func (c *Client) readSettings(ctx context.Context, indices []string, names string, answer any) error {
	target := expression(indices)
	if target == "" {
		target = "/*"
	}
	return c.call(ctx, http.MethodGet, target+"/_settings"+names+"?flat_settings=true&expand_wildcards=open,closed&ignore_unavailable=true&allow_no_indices=true", nil, answer)
}

// flat turns nested settings into dotted names with text values, as OpenSearch
// keeps them; a list becomes its JSON and null is left out.
func flat(settings map[string]any) map[string]string {
	out := make(map[string]string, len(settings))
	var add func(name string, value any)
	add = func(name string, value any) {
		switch v := value.(type) {
		case nil:
		case map[string]any:
			for inner, value := range v {
				add(name+"."+inner, value)
			}
		case string:
			out[name] = v
		default:
			// What was decoded from JSON can be encoded again.
			text, _ := json.Marshal(v) //nolint:errchkjson // see above
			out[name] = string(text)
		}
	}
	for name, value := range settings {
		add(name, value)
	}
	return out
}
