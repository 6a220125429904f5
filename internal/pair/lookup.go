// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package pair

import (
	"context"
	"fmt"
	"time"

	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/aiven"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/ccr"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/memo"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/replication"
)

// lookupLife is how long the rules of one plan share an answer. A plan's checks
// run within seconds of one another; an apply that follows looks again.
const lookupLife = 15 * time.Second

// Lookup answers what the plan-time rules ask, each thing once for all
// resources of a plan.
type Lookup struct {
	operator *Operator
	answers  *memo.Memo
}

type foundService struct {
	service aiven.Service
	found   bool
}

// NewLookup makes a lookup without answers.
func NewLookup(o *Operator) *Lookup {
	return &Lookup{operator: o, answers: memo.New(o.clock, lookupLife)}
}

// Operator is what the lookup asks with.
func (l *Lookup) Operator() *Operator { return l.operator }

// Forget drops all answers: something was changed.
func (l *Lookup) Forget() { l.answers.Forget() }

// Service returns a service and whether it exists.
func (l *Lookup) Service(ctx context.Context, ref aiven.ServiceRef) (aiven.Service, bool, error) {
	answer, err := memo.Get(ctx, l.answers, ref, func(ctx context.Context) (foundService, error) {
		service, err := l.operator.Aiven.Service(ctx, ref.Project, ref.Name)
		if aiven.IsNotFound(err) {
			return foundService{}, nil
		}
		return foundService{service, err == nil}, err
	})
	return answer.service, answer.found, err
}

// Observe looks at a pair as [Operator.Observe] does, once for all who ask about
// it the same way: the refresh of a resource and its plan see the same.
func (l *Lookup) Observe(ctx context.Context, w Wish) (Seen, error) {
	type key struct {
		pair              string
		leaderless, fence bool
	}
	seen, err := memo.Get(ctx, l.answers, key{w.Pair.ID(), w.leaderless(), w.Fence || w.Lift}, func(ctx context.Context) (Seen, error) { return l.operator.Observe(ctx, w) })
	seen.Observation.Finished = w.Finished
	if err == nil {
		seen.Decision = ccr.DecidePair(w.Desired, seen.Observation)
	}
	return seen, err
}

// Contents are what the indices of a service have, as far as it tells.
func (l *Lookup) Contents(ctx context.Context, ref aiven.ServiceRef) ccr.Fact[map[string]ccr.Content] {
	contents, err := memo.Get(ctx, l.answers, "contents of "+ref.String(), func(ctx context.Context) (ccr.Fact[map[string]ccr.Content], error) {
		reader, err := l.operator.reader(ctx, ref)
		if err != nil {
			return ccr.Unknown[map[string]ccr.Content](err.Error()), nil
		}
		return replication.ContentsOf(ctx, reader.Client), nil
	})
	if err != nil {
		return ccr.Unknown[map[string]ccr.Content](err.Error())
	}
	return contents
}

// Offer returns what a project is offered.
func (l *Lookup) Offer(ctx context.Context, project string) (ccr.Offer, error) {
	return memo.Get(ctx, l.answers, "offer of "+project, func(ctx context.Context) (ccr.Offer, error) {
		offered, err := l.operator.Aiven.Plans(ctx, project)
		return ccr.Offer{Plans: offered.Plans, Versions: offered.Versions}, err
	})
}

// VPC returns a VPC that services of a project can be in. It is absent where the
// API says that it does not exist, unknown where the API says anything else.
func (l *Lookup) VPC(ctx context.Context, project, id string) (ccr.Fact[ccr.VPC], error) {
	return memo.Get(ctx, l.answers, "VPC "+id+" of "+project, func(ctx context.Context) (ccr.Fact[ccr.VPC], error) {
		vpc, err := l.operator.Aiven.VPC(ctx, project, id)
		switch {
		case err == nil:
			return ccr.Present(vpc), nil
		case aiven.IsNotFound(err):
			return ccr.Absent[ccr.VPC](err.Error()), nil
		case ctx.Err() != nil:
			return ccr.Fact[ccr.VPC]{}, err
		}
		return ccr.Unknown[ccr.VPC](err.Error()), nil
	})
}

// Sizes are the indices of a service with their sizes, as its cluster shows them.
// They are unknown where the cluster cannot be asked: a plan does without them.
func (l *Lookup) Sizes(ctx context.Context, s aiven.Service) (ccr.Fact[[]ccr.IndexSize], error) {
	return memo.Get(ctx, l.answers, "sizes of "+s.String(), func(ctx context.Context) (ccr.Fact[[]ccr.IndexSize], error) {
		if s.Type != ccr.ServiceTypeOpenSearch {
			return ccr.Unknown[[]ccr.IndexSize](fmt.Sprintf("service %s is of type %s", s, s.Type)), nil
		}
		reader, err := l.operator.readerOf(s)
		if err != nil {
			return ccr.Unknown[[]ccr.IndexSize](err.Error()), nil
		}
		sizes, err := reader.ReadSizes(ctx)
		switch {
		case err != nil && ctx.Err() != nil:
			return ccr.Fact[[]ccr.IndexSize]{}, context.Cause(ctx)
		case err != nil:
			return ccr.Unknown[[]ccr.IndexSize](OtherRoutes(s, err).Error()), nil
		}
		return ccr.Present(sizes), nil
	})
}
