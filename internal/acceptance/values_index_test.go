// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package acceptance

import (
	"fmt"
	"maps"
	"slices"
)

// This file has the values of the provider block, of the index-level resources
// and of their data source.

func rightValues(w *valuesWorld) map[block]fields {
	return map[block]fields{
		{kind: blockProvider}:                             w.provider,
		{blockResource, "opensearch_ccr_follower"}:        rightFollower(),
		{blockResource, "opensearch_ccr_integration"}:     rightIntegration(),
		{blockResource, "opensearch_ccr_connection"}:      {"cluster": "here", "name": "paris", "seeds": []any{"[::1]:9300", "node_1.example.com:9300"}, "node_connections": 3},
		{blockResource, "opensearch_ccr_replication"}:     {"cluster": "here", "follower_index": "filme", "leader_alias": "london", "leader_index": "movies"},
		{blockResource, "opensearch_ccr_autofollow_rule"}: {"cluster": "here", "name": "all", "leader_alias": "london", "pattern": "*"},
		{blockData, "opensearch_ccr_status"}:              {"cluster": "here"},
		{blockData, "opensearch_ccr_plans"}:               {"leader_service_name": leaderName, "cloud_name": "aws-eu-west-1"},
		{blockList, "opensearch_ccr_follower"}:            {"project": modelProject},
		{blockList, "opensearch_ccr_integration"}:         {"project": modelProject, "all": true},
		{blockList, "opensearch_ccr_connection"}:          {"cluster": "here", "name_pattern": "lon*"},
		{blockList, "opensearch_ccr_replication"}:         {"cluster": "here", "leader_alias": "london", "follower_index_pattern": "logs-*"},
		{blockList, "opensearch_ccr_autofollow_rule"}:     {"cluster": "here", "leader_alias": "london", "name_pattern": "*"},
	}
}

func wrongValues() map[block][]wrongValue {
	return map[block][]wrongValue{
		{kind: blockProvider}:                             wrongProvider,
		{blockResource, "opensearch_ccr_follower"}:        wrongFollower,
		{blockResource, "opensearch_ccr_integration"}:     wrongIntegration,
		{blockResource, "opensearch_ccr_connection"}:      wrongConnection,
		{blockResource, "opensearch_ccr_replication"}:     wrongReplication,
		{blockResource, "opensearch_ccr_autofollow_rule"}: wrongRule,
		{blockData, "opensearch_ccr_status"}:              wrongStatus,
		{blockData, "opensearch_ccr_plans"}:               wrongPlans,
		{blockList, "opensearch_ccr_follower"}:            wrongListProject,
		{blockList, "opensearch_ccr_integration"}:         append(slices.Clone(wrongListProject), wrongValue{"all", nil, atNothing, "either value can be right"}),
		{blockList, "opensearch_ccr_connection"}:          append(slices.Clone(wrongListCluster), wrongListPattern("name_pattern")),
		{blockList, "opensearch_ccr_replication"}:         append(slices.Clone(wrongListOfLeader), wrongListPattern("follower_index_pattern")),
		{blockList, "opensearch_ccr_autofollow_rule"}:     append(slices.Clone(wrongListOfLeader), wrongListPattern("name_pattern")),
	}
}

// inCluster is a provider block with a cluster that differs from a right one.
func inCluster(with fields) fields {
	cluster := fields{"url": "https://paris.example.com:9200"}
	maps.Copy(cluster, with)
	return fields{"clusters": fields{"paris": cluster}}
}

func inAWS(with fields) fields { return inCluster(fields{"aws": with}) }

func inAiven(with fields) fields { return fields{"aiven": with} }

var wrongProvider = []wrongValue{
	{"aiven.token", inAiven(fields{"token": ""}), atValidate, "aiven.token: Invalid value: This is not an Aiven API token: the token for the Aiven API is empty."},
	{"aiven.token", inAiven(fields{"token": "a secret"}), atValidate, "aiven.token: Invalid value: This is not an Aiven API token: the token for the Aiven API holds blanks or characters that no token has."},
	{"aiven.project", inAiven(fields{"project": "a b"}), atValidate, `aiven.project: Invalid value: This is not the name of an Aiven project: project name "a b" must have only letters, digits, hyphens and underscores, and at most 63 characters.`},
	{"aiven.api_url", inAiven(fields{"api_url": "ftp://x"}), atValidate, `aiven.api_url: Invalid value: This is not the address of the Aiven API: "ftp://x" is not the address of an API, such as https://api.aiven.io.`},
	{"aiven.api_url", inAiven(fields{"api_url": "https://u:secret@x"}), atValidate, "aiven.api_url: Invalid value: This is not the address of the Aiven API: the address of the Aiven API must not hold credentials: the token is given apart."},
	{"aiven.route", inAiven(fields{"route": "by-bike"}), atValidate, `aiven.route: Invalid Attribute Value Match: Attribute aiven.route value must be one of: ["dynamic" "public" "private" "privatelink"], got: "by-bike"`},
	{"clusters.*.url", fields{"clusters": fields{"paris": nil}}, atValidate, `clusters["paris"]: Invalid Attribute Value: Attribute clusters["paris"] must not be null. Give it a value, or leave it out.`},
	{"clusters.*.url", fields{"clusters": fields{"a/b": fields{"url": "https://x"}}}, atValidate, `clusters["a/b"]: Invalid value: This is not the name of a cluster: cluster name "a/b" must not be empty and must not have a slash.`},
	{"clusters.*.url", inCluster(fields{"url": "paris.example.com:9200"}), atValidate, `clusters["paris"].url: Invalid value: Cluster "paris": url is not the address of a cluster: it is not of the form https://HOST:PORT.`},
	{"clusters.*.url", inCluster(fields{"url": "https://x/../y"}), atValidate, `clusters["paris"].url: Invalid value: Cluster "paris": url is not the address of a cluster: its path has a part that is empty or has only dots.`},
	{"clusters.*.url", inCluster(fields{"url": "https://u:secret@x"}), atValidate, `clusters["paris"].url: Invalid value: Cluster "paris": url is not the address of a cluster: it holds credentials; set username and password instead.`},
	{"clusters.*.username", inCluster(fields{"username": "", "password": "secret"}), atValidate, `clusters["paris"].username: Invalid Attribute Value: Attribute clusters["paris"].username must not be empty. Give it a value, or leave it out.`},
	{"clusters.*.username", inCluster(fields{"username": "u"}), atValidate, `clusters["paris"].username: Incomplete credentials: Cluster "paris": username is set without password. Set password too, or remove username.`},
	{"clusters.*.password", inCluster(fields{"username": "u", "password": ""}), atValidate, `clusters["paris"].password: Invalid Attribute Value: Attribute clusters["paris"].password must not be empty. Give it a value, or leave it out.`},
	{"clusters.*.password", inCluster(fields{"password": "secret"}), atValidate, `clusters["paris"].password: Incomplete credentials: Cluster "paris": password is set without username. Set username too, or remove password.`},
	{"clusters.*.token", inCluster(fields{"token": ""}), atValidate, `clusters["paris"].token: Invalid Attribute Value: Attribute clusters["paris"].token must not be empty. Give it a value, or leave it out.`},
	{"clusters.*.token", inCluster(fields{"token": "secret", "username": "u", "password": "secret"}), atValidate, `clusters["paris"].token: Conflicting authentication methods: Cluster "paris": username and token are both set, but a request can carry one kind of authentication. Remove one of them.`},
	{"clusters.*.client_certificate", inCluster(fields{"client_certificate": "client.pem", "client_key": "secret"}), atValidate, `clusters["paris"].client_certificate: Invalid certificate: Cluster "paris": client_certificate holds no certificate in PEM, which begins with -----BEGIN CERTIFICATE-----. To read it from a file use the function file.`},
	{"clusters.*.client_key", inCluster(fields{"client_key": "secret"}), atValidate, `clusters["paris"].client_key: Incomplete credentials: Cluster "paris": client_key is set without client_certificate. Set client_certificate too, or remove client_key.`},
	{"clusters.*.ca_certificate", inCluster(fields{"ca_certificate": "ca.pem"}), atValidate, `clusters["paris"].ca_certificate: Invalid certificate: Cluster "paris": ca_certificate holds no certificate in PEM, which begins with -----BEGIN CERTIFICATE-----. To read it from a file use the function file.`},
	{"clusters.*.ca_certificate", inCluster(fields{"ca_certificate": ""}), atValidate, `clusters["paris"].ca_certificate: Invalid certificate: Cluster "paris": ca_certificate holds no certificate in PEM, which begins with -----BEGIN CERTIFICATE-----. To read it from a file use the function file.`},
	{"clusters.*.insecure_skip_verify", nil, atNothing, "either value can be right; with an authority true is refused, see TestClusters_KindsThatExcludeOneAnotherAreRefused"},
	{"clusters.*.aws.region", inAWS(fields{"region": ""}), atValidate, `clusters["paris"].aws.region: Invalid Attribute Value: Attribute clusters["paris"].aws.region must not be empty. Give it a value, or leave it out.`},
	{"clusters.*.aws.service", inAWS(fields{"service": "ec2"}), atValidate, `clusters["paris"].aws.service: Invalid Attribute Value Match: Attribute clusters["paris"].aws.service value must be one of: ["es" "aoss"], got: "ec2"`},
	{"clusters.*.aws.profile", inAWS(fields{"profile": "p", "access_key": "k", "secret_key": "secret"}), atValidate, `clusters["paris"].aws.profile: Conflicting AWS credentials: Cluster "paris": profile and access_key are both set. Remove one of them.`},
	{"clusters.*.aws.role_arn", inAWS(fields{"role_arn": "terraform"}), atValidate, `clusters["paris"].aws.role_arn: Invalid Attribute Value Match: Attribute clusters["paris"].aws.role_arn must be of the form arn:aws:iam::ACCOUNT:role/NAME, got: terraform`},
	{"clusters.*.aws.external_id", inAWS(fields{"external_id": "x"}), atValidate, `clusters["paris"].aws.external_id: Incomplete AWS credentials: Cluster "paris": external_id is set without role_arn. Set role_arn too, or remove external_id.`},
	{"clusters.*.aws.access_key", inAWS(fields{"access_key": "k"}), atValidate, `clusters["paris"].aws.access_key: Incomplete AWS credentials: Cluster "paris": access_key is set without secret_key. Set secret_key too, or remove access_key.`},
	{"clusters.*.aws.secret_key", inAWS(fields{"secret_key": "secret"}), atValidate, `clusters["paris"].aws.secret_key: Incomplete AWS credentials: Cluster "paris": secret_key is set without access_key. Set access_key too, or remove secret_key.`},
	{"clusters.*.aws.session_token", inAWS(fields{"session_token": "secret"}), atValidate, `clusters["paris"].aws.session_token: Incomplete AWS credentials: Cluster "paris": session_token is set without access_key. Set access_key too, or remove session_token.`},
}

var wrongConnection = []wrongValue{
	{"cluster", fields{"cluster": ""}, atValidate, "cluster: Invalid Attribute Value: Attribute cluster must not be empty. Give it a value, or leave it out."},
	{"cluster", fields{"cluster": "her"}, atPlan, `cluster: Cluster is not configured: The provider block does not define cluster "her" (it defines here). Add clusters = { her = { url = "https://HOST:PORT", … } } to it.`},
	{"name", fields{"name": "a\rb"}, atValidate, `name: Invalid value: This is not the name of a remote cluster: name "a\rb" must not have control characters.`},
	{"name", fields{"name": "a:b"}, atValidate, `name: Invalid value: This is not the name of a remote cluster: name "a:b" must not have any of the characters space . , : * / \ " < > | ? #.`},
	{"mode", fields{"mode": "direct"}, atValidate, `mode: Invalid Attribute Value Match: Attribute mode value must be one of: ["sniff" "proxy"], got: "direct"`},
	{"seeds", fields{"seeds": nil}, atValidate, `seeds: Missing setting for connection mode: seeds is required when mode is "sniff".`},
	{"seeds", fields{"seeds": []any{}}, atValidate, "seeds: Invalid Attribute Value: Attribute seeds list must contain at least 1 elements, got: 0"},
	{"seeds", fields{"seeds": []any{nil}}, atValidate, "seeds: Null List Value: This attribute contains a null value."},
	{"seeds", fields{"seeds": []any{"a:9300", "a:9300"}}, atValidate, `seeds: Duplicate List Value: This attribute contains duplicate values of: "a:9300"`},
	{"seeds", fields{"seeds": []any{"https://a:9300"}}, atValidate, `seeds[0]: Invalid value: This is not a transport address: "https://a:9300" is not of the form HOST:PORT, such as london.example.com:9300 or [2001:db8::1]:9300.`},
	{"seeds", fields{"seeds": []any{"::1:9300"}}, atValidate, `seeds[0]: Invalid value: This is not a transport address: "::1:9300" is not of the form HOST:PORT, such as london.example.com:9300 or [2001:db8::1]:9300.`},
	{"seeds", fields{"seeds": []any{"a b:9300"}}, atValidate, `seeds[0]: Invalid value: This is not a transport address: in "a b:9300", "a b" is neither a host name nor an IP address.`},
	{"seeds", fields{"seeds": []any{"-:9300"}}, atValidate, `seeds[0]: Invalid value: This is not a transport address: in "-:9300", "-" is neither a host name nor an IP address.`},
	{"seeds", fields{"seeds": []any{"[a]:9300"}}, atValidate, `seeds[0]: Invalid value: This is not a transport address: in "[a]:9300", "a" is in brackets, which only an IPv6 address is.`},
	{"seeds", fields{"seeds": []any{"a:0"}}, atValidate, `seeds[0]: Invalid value: This is not a transport address: in "a:0", port "0" is not a number from 1 to 65535.`},
	{"seeds", fields{"seeds": []any{"a:99999"}}, atValidate, `seeds[0]: Invalid value: This is not a transport address: in "a:99999", port "99999" is not a number from 1 to 65535.`},
	{"seeds", fields{"seeds": []any{"a:http"}}, atValidate, `seeds[0]: Invalid value: This is not a transport address: in "a:http", port "http" is not a number from 1 to 65535.`},
	{"node_connections", fields{"node_connections": 1.5}, atValidate, "node_connections: Invalid Attribute Value: Attribute node_connections must be a whole number from 1 to 2147483647, got: 1.5"},
	{"node_connections", fields{"node_connections": 0}, atValidate, "node_connections: Invalid Attribute Value: Attribute node_connections must be a whole number from 1 to 2147483647, got: 0"},
	{"proxy_address", fields{"mode": "proxy", "seeds": nil, "node_connections": nil, "proxy_address": "proxy"}, atValidate, `proxy_address: Invalid value: This is not a transport address: "proxy" is not of the form HOST:PORT, such as london.example.com:9300 or [2001:db8::1]:9300.`},
	{"proxy_address", fields{"mode": "proxy", "seeds": nil, "node_connections": nil}, atValidate, `proxy_address: Missing setting for connection mode: proxy_address is required when mode is "proxy".`},
	{"proxy_socket_connections", fields{"mode": "proxy", "seeds": nil, "node_connections": nil, "proxy_address": "a:1", "proxy_socket_connections": 3e9}, atValidate, "proxy_socket_connections: Invalid Attribute Value: Attribute proxy_socket_connections must be a whole number from 1 to 2147483647, got: 3000000000"},
	{"proxy_socket_connections", fields{"proxy_socket_connections": 1}, atValidate, `proxy_socket_connections: Setting does not apply to connection mode: proxy_socket_connections cannot be used when mode is "sniff". Remove it or change the mode.`},
	{"server_name", fields{"mode": "proxy", "seeds": nil, "node_connections": nil, "proxy_address": "a:1", "server_name": "a:1"}, atValidate, `server_name: Invalid value: This is not the name of a host: "a:1" is neither a host name nor an IP address.`},
	{"skip_unavailable", nil, atNothing, "either value can be right"},
	{"compress", nil, atNothing, "either value can be right"},
	{"ping_schedule", fields{"ping_schedule": "30"}, atValidate, "ping_schedule: Invalid Attribute Value Match: Attribute ping_schedule must be a duration such as 30s, or -1 to disable pings, got: 30"},
	{"timeouts.create", fields{"timeouts": fields{"create": "0"}}, atValidate, `timeouts.create: Invalid Attribute Value: Attribute timeouts.create must be a time longer than zero, such as "90s", "45m" or "2h30m", got: "0"`},
	{"timeouts.update", fields{"timeouts": fields{"update": "0"}}, atValidate, `timeouts.update: Invalid Attribute Value: Attribute timeouts.update must be a time longer than zero, such as "90s", "45m" or "2h30m", got: "0"`},
	{"timeouts.delete", fields{"timeouts": fields{"delete": "0"}}, atValidate, `timeouts.delete: Invalid Attribute Value: Attribute timeouts.delete must be a time longer than zero, such as "90s", "45m" or "2h30m", got: "0"`},
}

var wrongReplication = []wrongValue{
	{"cluster", fields{"cluster": ""}, atValidate, "cluster: Invalid Attribute Value: Attribute cluster must not be empty. Give it a value, or leave it out."},
	{"cluster", fields{"cluster": "her"}, atPlan, `cluster: Cluster is not configured: The provider block does not define cluster "her" (it defines here). Add clusters = { her = { url = "https://HOST:PORT", … } } to it.`},
	{"follower_index", fields{"follower_index": "Filme"}, atValidate, `follower_index: Invalid value: This is not an index name: index name "Filme" must be lower case.`},
	{"follower_index", fields{"follower_index": "plain"}, atPlan, "follower_index: Index plain already exists on here: Cluster here already has an index plain, which is not a replica. A replication creates its index, so it cannot start over an existing one. Delete that index or choose another follower_index."},
	{"leader_alias", fields{"leader_alias": "lon don"}, atValidate, `leader_alias: Invalid value: This is not the name of a connection: name "lon don" must not have any of the characters space . , : * / \ " < > | ? #.`},
	{"leader_alias", fields{"leader_alias": "londn"}, atPlan, "leader_alias: Connection londn does not exist on here: Cluster here has no remote cluster named londn, and no opensearch_ccr_connection of this plan creates it, so the replication of index filme on here cannot be created. It has london. Correct the name, or add an opensearch_ccr_connection and set leader_alias to its name (opensearch_ccr_connection.LABEL.name). If something else creates the connection, apply that first."},
	{"leader_index", fields{"leader_index": ".kibana"}, atValidate, `leader_index: Invalid value: This is not an index name: index name ".kibana" must not begin with a dot: hidden and system indices cannot be replicated.`},
	{"leader_index", fields{"leader_index": "movie"}, atPlanWarns, "leader_index: The leader index of the replication of index filme on here does not exist: Leader london of cluster here has no index movie. Unless the same apply creates it first, the replication cannot start. Check the name."},
	{"use_roles.leader_cluster_role", fields{"use_roles": fields{"leader_cluster_role": "", "follower_cluster_role": "f"}}, atValidate, "use_roles.leader_cluster_role: Invalid Attribute Value: Attribute use_roles.leader_cluster_role must not be empty. Give it a value, or leave it out."},
	{"use_roles.follower_cluster_role", fields{"use_roles": fields{"leader_cluster_role": "l", "follower_cluster_role": ""}}, atValidate, "use_roles.follower_cluster_role: Invalid Attribute Value: Attribute use_roles.follower_cluster_role must not be empty. Give it a value, or leave it out."},
	{"settings", fields{"settings": fields{}}, atValidate, "settings: Invalid Attribute Value: Attribute settings map must contain at least 1 elements, got: 0"},
	{"settings", fields{"settings": fields{"number_of_replicas": "1"}}, atValidate, `settings["number_of_replicas"]: Invalid value: This is not a setting that a replica can have of its own: "number_of_replicas" is not the full name of an index setting, such as index.number_of_replicas.`},
	{"settings", fields{"settings": fields{"index.number_of_shards": "2"}}, atValidate, `settings["index.number_of_shards"]: Invalid value: This is not a setting that a replica can have of its own: index.number_of_shards is fixed when an index is created, and a replica has its leader's. Remove it from settings.`},
	{"settings", fields{"settings": fields{"index.uuid": "x"}}, atValidate, `settings["index.uuid"]: Invalid value: This is not a setting that a replica can have of its own: index.uuid is set by the cluster alone. Remove it from settings.`},
	{"settings", fields{"settings": fields{"index.refresh_interval": nil}}, atValidate, `settings["index.refresh_interval"]: Invalid Attribute Value: Attribute settings["index.refresh_interval"] must not be null. Give it a value, or leave it out.`},
	{"desired_state", fields{"desired_state": "promoted"}, atValidate, `desired_state: Invalid Attribute Value Match: Attribute desired_state value must be one of: ["replicating" "paused"], got: "promoted"`},
	{"on_destroy", fields{"on_destroy": "keep"}, atValidate, `on_destroy: Invalid Attribute Value Match: Attribute on_destroy value must be one of: ["stop" "delete_index"], got: "keep"`},
	{"rebuild", nil, atNothing, "either value can be right"},
	{"timeouts.create", fields{"timeouts": fields{"create": "0"}}, atValidate, `timeouts.create: Invalid Attribute Value: Attribute timeouts.create must be a time longer than zero, such as "90s", "45m" or "2h30m", got: "0"`},
	{"timeouts.update", fields{"timeouts": fields{"update": "0"}}, atValidate, `timeouts.update: Invalid Attribute Value: Attribute timeouts.update must be a time longer than zero, such as "90s", "45m" or "2h30m", got: "0"`},
	{"timeouts.delete", fields{"timeouts": fields{"delete": "0"}}, atValidate, `timeouts.delete: Invalid Attribute Value: Attribute timeouts.delete must be a time longer than zero, such as "90s", "45m" or "2h30m", got: "0"`},
}

var wrongRule = []wrongValue{
	{"cluster", fields{"cluster": ""}, atValidate, "cluster: Invalid Attribute Value: Attribute cluster must not be empty. Give it a value, or leave it out."},
	{"cluster", fields{"cluster": "her"}, atPlan, `cluster: Cluster is not configured: The provider block does not define cluster "her" (it defines here). Add clusters = { her = { url = "https://HOST:PORT", … } } to it.`},
	{"name", fields{"name": "a\x00b"}, atValidate, `name: Invalid value: This is not the name of an autofollow rule: name "a\x00b" must not have control characters.`},
	{"name", fields{"name": "a b"}, atValidate, `name: Invalid value: This is not the name of an autofollow rule: name "a b" must not have any of the characters space , : * / \ " < > | ? #.`},
	{"leader_alias", fields{"leader_alias": "_london"}, atValidate, `leader_alias: Invalid value: This is not the name of a connection: name "_london" must not begin with "_".`},
	{"leader_alias", fields{"leader_alias": "londn"}, atPlan, "leader_alias: Connection londn does not exist on here: Cluster here has no remote cluster named londn, and no opensearch_ccr_connection of this plan creates it, so the autofollow rule all of leader londn on here cannot be created. It has london. Correct the name, or add an opensearch_ccr_connection and set leader_alias to its name (opensearch_ccr_connection.LABEL.name). If something else creates the connection, apply that first."},
	{"pattern", fields{"pattern": ""}, atValidate, `pattern: Invalid value: This is not an index pattern: a pattern must not be empty; use "*" for every index.`},
	{"use_roles.leader_cluster_role", fields{"use_roles": fields{"leader_cluster_role": "", "follower_cluster_role": "f"}}, atValidate, "use_roles.leader_cluster_role: Invalid Attribute Value: Attribute use_roles.leader_cluster_role must not be empty. Give it a value, or leave it out."},
	{"use_roles.follower_cluster_role", fields{"use_roles": fields{"leader_cluster_role": "l", "follower_cluster_role": ""}}, atValidate, "use_roles.follower_cluster_role: Invalid Attribute Value: Attribute use_roles.follower_cluster_role must not be empty. Give it a value, or leave it out."},
	{"start_existing", nil, atNothing, "either value can be right"},
	{"on_destroy", fields{"on_destroy": "delete"}, atValidate, `on_destroy: Invalid Attribute Value Match: Attribute on_destroy value must be one of: ["keep" "stop" "delete_indices"], got: "delete"`},
	{"timeouts.create", fields{"timeouts": fields{"create": "0"}}, atValidate, `timeouts.create: Invalid Attribute Value: Attribute timeouts.create must be a time longer than zero, such as "90s", "45m" or "2h30m", got: "0"`},
	{"timeouts.update", fields{"timeouts": fields{"update": "0"}}, atValidate, `timeouts.update: Invalid Attribute Value: Attribute timeouts.update must be a time longer than zero, such as "90s", "45m" or "2h30m", got: "0"`},
	{"timeouts.delete", fields{"timeouts": fields{"delete": "0"}}, atValidate, `timeouts.delete: Invalid Attribute Value: Attribute timeouts.delete must be a time longer than zero, such as "90s", "45m" or "2h30m", got: "0"`},
}

var wrongStatus = []wrongValue{
	{"cluster", fields{"cluster": ""}, atValidate, "cluster: Invalid Attribute Value: Attribute cluster must not be empty. Give it a value, or leave it out."},
	{"cluster", fields{"cluster": "her"}, atPlan, `cluster: Cluster is not configured: The provider block does not define cluster "her" (it defines here). Add clusters = { her = { url = "https://HOST:PORT", … } } to it.`},
	{"cluster", fields{"service_name": "central"}, atValidate, "cluster: Invalid Attribute Combination: 2 attributes specified when one (and only one) of [cluster,service_name] is required"},
	{"service_name", fields{"cluster": nil, "service_name": "Central"}, atValidate, `service_name: Invalid value: This is not the name of an Aiven service: service name "Central" must begin with a lower case letter, end with a letter or a digit, have only lower case letters, digits and hyphens, and have at most 64 characters.`},
	{"index_patterns", fields{"index_patterns": []any{"a,b"}}, atValidate, `index_patterns[…]: Invalid value: This is not an index pattern: pattern "a,b" has one of the characters space , " \ < > | / ? that a pattern must not have; * is the only wildcard, and each pattern is an element of its own.`},
	{"index_patterns", fields{"index_patterns": []any{}}, atValidate, "index_patterns: Invalid Attribute Value: Attribute index_patterns set must contain at least 1 elements, got: 0"},
	{"project", fields{"cluster": nil, "service_name": "central", "project": ""}, atValidate, `project: Invalid value: This is not the name of an Aiven project: project name "" must have only letters, digits, hyphens and underscores, and at most 63 characters.`},
	{"project", fields{"project": "acme"}, atValidate, `project: Invalid Attribute Combination: Attribute "cluster" cannot be specified when "project" is specified`},
	{"leader_alias", fields{"leader_alias": "a:b"}, atValidate, `leader_alias: Invalid value: This is not the name of a connection: name "a:b" must not have any of the characters space . , : * / \ " < > | ? #.`},
}

var wrongListProject = []wrongValue{
	{"project", fields{"project": "a b"}, atValidate, `project: Invalid value: This is not the name of an Aiven project: project name "a b" must have only letters, digits, hyphens and underscores, and at most 63 characters.`},
}

var wrongListCluster = []wrongValue{
	{"cluster", fields{"cluster": ""}, atValidate, "cluster: Invalid Attribute Value: Attribute cluster must not be empty. Give it a value, or leave it out."},
	{"cluster", fields{"cluster": "her"}, atPlan, `cluster: Cluster is not configured: The provider block does not define cluster "her" (it defines here). Add clusters = { her = { url = "https://HOST:PORT", … } } to it.`},
}

var wrongListOfLeader = append(slices.Clone(wrongListCluster),
	wrongValue{"leader_alias", fields{"leader_alias": "_london"}, atValidate, `leader_alias: Invalid value: This is not the name of a connection: name "_london" must not begin with "_".`},
	wrongValue{"leader_alias", fields{"leader_alias": "londn"}, atPlan, "leader_alias: Connection londn does not exist on here: Cluster here has no remote cluster named londn, and nothing on it follows a leader of that name. It has london. Correct the name, or leave out leader_alias to list those of all leaders."},
)

// wrongListPattern is a pattern that no name can match; one that matches nothing can be right.
func wrongListPattern(name string) wrongValue {
	return wrongValue{name, fields{name: ""}, atValidate, fmt.Sprintf("%s: Invalid Attribute Value: Attribute %s must not be empty. Give it a value, or leave it out.", name, name)}
}
