// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package replication

import (
	"context"
	"time"
)

// progressEvery is how often a wait says how far it is.
const progressEvery = 5 * time.Second

// progress says how far a wait is, at most once in [progressEvery], however
// often the wait looks.
type progress struct {
	engine *Engine
	said   time.Time
}

func (e *Engine) progress() *progress { return &progress{engine: e, said: e.clock.Now()} }

func (p *progress) say(ctx context.Context, text string) {
	if now := p.engine.clock.Now(); now.Sub(p.said) >= progressEvery {
		p.said = now
		p.engine.report(ctx, text)
	}
}
