// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package pair

import (
	"cmp"
	"context"
	"slices"

	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/aiven"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/ccr"
)

// TurnOfBoth is [Operator.Turn] for both services of a pair, in an order that lets
// no two wait for one another.
func (o *Operator) TurnOfBoth(ctx context.Context, p Pair) (done func(), err error) {
	both := []aiven.ServiceRef{p.Leader, p.Follower}
	slices.SortFunc(both, func(a, b aiven.ServiceRef) int { return cmp.Compare(a.String(), b.String()) })
	first, err := o.Turn(ctx, both[0])
	if err != nil {
		return nil, err
	}
	second, err := o.Turn(ctx, both[1])
	if err != nil {
		first()
		return nil, err
	}
	return func() { second(); first() }, nil
}

// Reverse looks at a pair in its new direction and adds to the wish which indices
// of the former leader are copied again. From then on, until [Operator.LetIn],
// applications cannot create there what is deleted or was not copied yet.
func (o *Operator) Reverse(ctx context.Context, w Wish) (Wish, error) {
	seen, err := o.Observe(ctx, w)
	if err != nil {
		return w, err
	}
	reader, err := o.reader(ctx, w.Pair.Follower)
	if err != nil {
		return w, err
	}
	if err := reader.KeepOut(ctx, w.Alias, w.Copied(seen.Observation)); err != nil {
		return w, err
	}
	w.Desired = ccr.Reverse(w.Desired, seen.Observation)
	return w, nil
}

// LetIn ends what a reversal has put up on the new follower against writes: what
// [Operator.Reverse] began, and the write blocks of the promotion before it on
// indices that were not replaced.
func (o *Operator) LetIn(ctx context.Context, p Pair) error {
	reader, err := o.reader(ctx, p.Follower)
	if err != nil {
		return err
	}
	if err := reader.LetIn(ctx, p.Alias()); err != nil {
		return err
	}
	fences, err := reader.Fences(ctx)
	if err != nil {
		return err
	}
	return reader.LiftFence(ctx, ccr.FencedFor(fences, p.Leader.String()))
}
