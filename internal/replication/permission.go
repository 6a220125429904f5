// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package replication

import (
	"fmt"
	"regexp"
	"strings"
)

// refusedPermission finds what the security plugin says about a request that it refused: the permissions
// that are missing, and the user. It says so for the leader too, where the follower asked the leader.
var refusedPermission = regexp.MustCompile(`no permissions for \[([^\]]+)\](?: and User \[name=([^,\]]+))?`)

// permissionAdvice is what to do about a security_exception with this reason.
func permissionAdvice(reason string) string {
	const guide = `. The guide "Security" has the smallest role for each resource, on both clusters`
	found := refusedPermission.FindStringSubmatch(reason)
	if found == nil {
		return "The user does not have a permission" + guide
	}
	user, permissions := "The user", "permission "+found[1]
	if found[2] != "" {
		user = "User " + found[2]
	}
	if strings.Contains(found[1], ",") {
		permissions = "permissions " + found[1]
	}
	return fmt.Sprintf("%s needs a role with the %s", user, permissions) + guide
}
