// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package attribute

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"unicode"

	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/ccr"
)

// Import takes an import id of the form A/B/C, or the identity, into the
// attributes of these names.
func Import(ctx context.Context, req resource.ImportStateRequest, resp *resource.ImportStateResponse, names ...string) {
	if req.ID == "" {
		for _, name := range names {
			resource.ImportStatePassthroughWithIdentity(ctx, path.Root(name), path.Root(name), req, resp)
		}
		return
	}
	parts := strings.Split(req.ID, "/")
	if len(parts) != len(names) || slices.ContainsFunc(parts, isNoName) {
		resp.Diagnostics.AddError("Invalid import ID", fmt.Sprintf("%q is not of the form %s.", req.ID, strings.ToUpper(strings.Join(names, "/"))))
		return
	}
	for i, name := range names {
		resp.Diagnostics.Append(resp.State.SetAttribute(ctx, path.Root(name), types.StringValue(parts[i]))...)
	}
}

// isNoName reports whether part of an import id can name nothing. Names of dots
// would make another path of a request; the client of a cluster refuses them too,
// whatever they came from.
func isNoName(part string) bool {
	return part == "" || part == "." || part == ".." || strings.ContainsFunc(part, unicode.IsControl)
}

// ImportWithRoles is Import, with the roles as two parts more where the
// cluster does not tell them.
func ImportWithRoles(ctx context.Context, req resource.ImportStateRequest, resp *resource.ImportStateResponse, names ...string) {
	parts := strings.Split(req.ID, "/")
	if len(parts) == len(names)+2 && parts[len(names)] != "" && parts[len(names)+1] != "" {
		roles := RolesObject(ccr.Roles{Leader: parts[len(names)], Follower: parts[len(names)+1]})
		resp.Diagnostics.Append(resp.State.SetAttribute(ctx, path.Root("use_roles"), roles)...)
		req.ID = strings.Join(parts[:len(names)], "/")
	}
	Import(ctx, req, resp, names...)
}
