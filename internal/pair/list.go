// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package pair

import "context"

// List returns the pairs whose follower is in a project, with one request.
func (o *Operator) List(ctx context.Context, project string) ([]Pair, error) {
	services, err := o.Aiven.Services(ctx, project)
	if err != nil {
		return nil, err
	}
	var pairs []Pair
	for _, s := range services {
		for _, i := range s.Integrations {
			if i.Follower == s.ServiceRef {
				pairs = append(pairs, Pair{Leader: i.Leader, Follower: i.Follower})
			}
		}
	}
	return pairs, nil
}
