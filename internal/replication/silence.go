// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package replication

import (
	"context"
	"errors"
	"sync/atomic"
)

// silentAfter is how many unanswered requests it takes until no more are made.
const silentAfter = 2

// silence counts the requests that a leader left unanswered. Each of them takes
// its whole time, so as soon as there are two the rest is not made.
type silence struct{ count atomic.Int32 }

// certain reports whether the leader counts as silent.
func (s *silence) certain() bool { return s.count.Load() >= silentAfter }

// each makes n requests that may need the leader, in parallel, the first two
// ahead of the others: with a silent leader only these wait. skip is called for
// those that are not made. What a silent leader left unanswered is not an error.
func (s *silence) each(ctx context.Context, n int, ask func(ctx context.Context, i int) error, skip func(i int)) error {
	one := func(ctx context.Context, i int) error {
		if s.certain() {
			skip(i)
			return nil
		}
		err := ask(ctx, i)
		if isSilent(err) {
			s.count.Add(1)
			skip(i)
			return nil
		}
		return err
	}
	first := min(n, silentAfter)
	err := parallel(ctx, first, one)
	return errors.Join(err, parallel(ctx, n-first, func(ctx context.Context, i int) error { return one(ctx, first+i) }))
}
