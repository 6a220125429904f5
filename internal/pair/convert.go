// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package pair

import (
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/aiven"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/ccr"
)

// Service returns what the rules need to know of a service.
func Service(s aiven.Service) ccr.Service {
	out := ccr.Service{
		Project: s.Project, Name: s.Name, Type: s.Type, State: s.State, Plan: s.Plan, Cloud: s.Cloud, Version: s.Version,
		NodeCount: s.NodeCount, MemoryMB: s.MemoryMB, DiskMB: s.DiskMB, Protected: s.TerminationProtection,
		ForkOf: s.ForkOf, ReplicaOf: s.ReplicaOf, Tiered: s.Tiered,
	}
	for _, i := range s.Integrations {
		switch s.ServiceRef {
		case i.Follower:
			out.Leaders = append(out.Leaders, i.Leader.String())
		case i.Leader:
			out.Followers = append(out.Followers, i.Follower.String())
		}
	}
	return out
}
