// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package pair

import (
	"context"
	"sync"
	"time"

	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/aiven"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/ccr"
)

// lookupLife is how long the rules of one plan share an answer. A plan's checks
// run within seconds of one another; an apply that follows looks again.
const lookupLife = 15 * time.Second

// Lookup answers what the plan-time rules ask, each thing once for all
// resources of a plan.
type Lookup struct {
	operator *Operator
	mu       sync.Mutex
	services map[aiven.ServiceRef]*once[foundService]
	offers   map[string]*once[ccr.Offer]
}

type foundService struct {
	service aiven.Service
	found   bool
}

// NewLookup makes a lookup without answers.
func NewLookup(o *Operator) *Lookup {
	l := &Lookup{operator: o}
	l.Forget()
	return l
}

// Operator is what the lookup asks with.
func (l *Lookup) Operator() *Operator { return l.operator }

// Forget drops all answers: something was changed.
func (l *Lookup) Forget() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.services = map[aiven.ServiceRef]*once[foundService]{}
	l.offers = map[string]*once[ccr.Offer]{}
}

// Service returns a service and whether it exists.
func (l *Lookup) Service(ctx context.Context, ref aiven.ServiceRef) (aiven.Service, bool, error) {
	answer, err := shared(ctx, l, l.services, ref, func(ctx context.Context) (foundService, error) {
		service, err := l.operator.Aiven.Service(ctx, ref.Project, ref.Name)
		if aiven.IsNotFound(err) {
			return foundService{}, nil
		}
		return foundService{service, err == nil}, err
	})
	return answer.service, answer.found, err
}

// Offer returns what a project is offered.
func (l *Lookup) Offer(ctx context.Context, project string) (ccr.Offer, error) {
	return shared(ctx, l, l.offers, project, func(ctx context.Context) (ccr.Offer, error) {
		offered, err := l.operator.Aiven.Plans(ctx, project)
		return offer(offered), err
	})
}

// once is an answer that is fetched by the first who asks.
type once[T any] struct {
	done  chan struct{}
	until time.Time
	value T
	err   error
}

// shared returns the answer for key and fetches it if nobody has. Errors are
// shared by those who wait for them, not kept.
func shared[K comparable, T any](ctx context.Context, l *Lookup, answers map[K]*once[T], key K, fetch func(context.Context) (T, error)) (T, error) {
	l.mu.Lock()
	o, there := answers[key]
	if there && (o.until.IsZero() || l.operator.clock.Now().Before(o.until)) {
		l.mu.Unlock()
		select {
		case <-o.done:
			return o.value, o.err
		case <-ctx.Done():
			var zero T
			return zero, context.Cause(ctx)
		}
	}
	o = &once[T]{done: make(chan struct{})}
	answers[key] = o
	l.mu.Unlock()

	o.value, o.err = fetch(ctx)

	l.mu.Lock()
	o.until = l.operator.clock.Now().Add(lookupLife)
	if o.err != nil && answers[key] == o {
		delete(answers, key)
	}
	l.mu.Unlock()
	close(o.done)
	return o.value, o.err
}
