// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package ccr

import (
	"fmt"
	"strings"
)

var indexSetting = form(`^index\.[a-z0-9_]+(\.[a-zA-Z0-9_*-]+)*$`)

// finalSettings are fixed when an index is created, and those of a replica are
// its leader's: the plugin acknowledges other values for them and leaves them
// out (recording 09 of the contract). A name that ends with a dot stands for all
// that begin with it.
var finalSettings = []string{
	"index.number_of_shards", "index.number_of_routing_shards", "index.routing_partition_size", "index.soft_deletes.enabled",
	"index.sort.", "index.replication.type", "index.append_only.enabled", "index.composite_index",
}

// privateSettings belong to one index alone; the cluster sets them.
var privateSettings = []string{
	"index.uuid", "index.creation_date", "index.provided_name", "index.history.uuid", "index.version.", "index.resize.",
	"index.plugins.replication.", "index.verified_before_close", "index.routing.allocation.initial_recovery.",
}

// CheckReplicaSetting returns why a replica cannot have a setting of its own, or nil.
func CheckReplicaSetting(name string) error {
	switch {
	case !indexSetting().MatchString(name):
		return fmt.Errorf("%q is not the full name of an index setting, such as index.number_of_replicas", name)
	case isAmong(name, finalSettings):
		return fmt.Errorf("%s is fixed when an index is created, and a replica has its leader's. Remove it from settings", name)
	case isAmong(name, privateSettings):
		return fmt.Errorf("%s is set by the cluster alone. Remove it from settings", name)
	}
	return nil
}

func isAmong(name string, settings []string) bool {
	for _, s := range settings {
		if name == s || strings.HasSuffix(s, ".") && strings.HasPrefix(name, s) {
			return true
		}
	}
	return false
}
