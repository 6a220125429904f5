// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package replication

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
)

// RemoteSettings are the settings of one remote cluster, cluster.remote.ALIAS.*:
// from the name behind the alias, such as "seeds" or "transport.compress", to
// the value. A list has several values, every other setting has one.
type RemoteSettings map[string][]string

// The names of the settings of a remote cluster (OpenSearch 2.19 and 3.6).
const (
	RemoteMode             = "mode"
	RemoteSeeds            = "seeds"
	RemoteNodeConnections  = "node_connections"
	RemoteProxyAddress     = "proxy_address"
	RemoteProxyConnections = "proxy_socket_connections"
	RemoteServerName       = "server_name"
	RemoteSkipUnavailable  = "skip_unavailable"
	RemotePingSchedule     = "transport.ping_schedule"
	RemoteCompress         = "transport.compress"
)

var remoteNames = []string{RemoteMode, RemoteSeeds, RemoteNodeConnections, RemoteProxyAddress, RemoteProxyConnections,
	RemoteServerName, RemoteSkipUnavailable, RemotePingSchedule, RemoteCompress}

const remotePrefix = "cluster.remote."

// One returns the value of a setting and whether it is set.
func (s RemoteSettings) One(name string) (string, bool) {
	values, set := s[name]
	if !set || len(values) == 0 {
		return "", false
	}
	return values[0], true
}

type clusterSettings struct {
	Persistent map[string]json.RawMessage `json:"persistent"`
	Transient  map[string]json.RawMessage `json:"transient"`
}

func (c *Client) clusterSettings(ctx context.Context) (clusterSettings, error) {
	var answer clusterSettings
	err := c.call(ctx, http.MethodGet, "/_cluster/settings?flat_settings=true", nil, &answer)
	return answer, err
}

// ReadRemoteSettings reads the settings of every remote cluster that is
// configured through the API, by alias. Transient ones go before persistent ones,
// as they do for the cluster itself.
func (c *Client) ReadRemoteSettings(ctx context.Context) (map[string]RemoteSettings, error) {
	answer, err := c.clusterSettings(ctx)
	if err != nil {
		return nil, err
	}
	remotes := map[string]RemoteSettings{}
	for _, settings := range []map[string]json.RawMessage{answer.Persistent, answer.Transient} {
		for full, raw := range settings {
			alias, name, ok := cutRemote(full)
			if !ok {
				continue
			}
			if remotes[alias] == nil {
				remotes[alias] = RemoteSettings{}
			}
			remotes[alias][name] = settingValues(name, raw)
		}
	}
	return remotes, nil
}

func cutRemote(full string) (alias, name string, ok bool) {
	rest, ok := strings.CutPrefix(full, remotePrefix)
	if !ok {
		return "", "", false
	}
	return strings.Cut(rest, ".")
}

// settingValues reads a setting, which is text or a list. The seeds, the only list
// among them, are shown as they were set, which may be a text with commas.
func settingValues(name string, raw json.RawMessage) []string {
	var list []string
	if json.Unmarshal(raw, &list) == nil {
		return list
	}
	var one string
	if json.Unmarshal(raw, &one) != nil {
		one = string(raw)
	}
	if name != RemoteSeeds {
		return []string{one}
	}
	for seed := range strings.SplitSeq(one, ",") {
		list = append(list, strings.TrimSpace(seed))
	}
	return list
}

// PutRemote sets all settings of a remote cluster in one request, so that it is
// never seen half changed: what is not in settings is taken away.
func (c *Client) PutRemote(ctx context.Context, alias string, settings RemoteSettings) error {
	persistent := map[string]any{}
	for _, name := range remoteNames {
		values, set := settings[name]
		switch {
		case !set:
			persistent[remotePrefix+alias+"."+name] = nil
		case name == RemoteSeeds:
			persistent[remotePrefix+alias+"."+name] = values
		default:
			persistent[remotePrefix+alias+"."+name] = values[0]
		}
	}
	return c.putRemote(ctx, alias, persistent)
}

// DeleteRemote takes all settings of a remote cluster away; one that is not
// there is success.
func (c *Client) DeleteRemote(ctx context.Context, alias string) error {
	return c.putRemote(ctx, alias, map[string]any{remotePrefix + alias + ".*": nil})
}

func (c *Client) putRemote(ctx context.Context, alias string, persistent map[string]any) error {
	now, err := c.clusterSettings(ctx)
	if err != nil {
		return err
	}
	body := map[string]any{"persistent": persistent}
	// A transient setting would win over the persistent one that is written.
	for full := range now.Transient {
		if strings.HasPrefix(full, remotePrefix+alias+".") {
			body["transient"] = map[string]any{remotePrefix + alias + ".*": nil}
		}
	}
	return c.call(ctx, http.MethodPut, "/_cluster/settings", body, nil)
}
