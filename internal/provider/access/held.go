// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package access

import (
	"context"
	"time"
)

// Hold notes that the state that is being planned holds an object, such as
// "service acme/eu", and a word about how. A plan that replaces a tainted
// resource asks for the new one without showing the old one, but only after the
// old one was refreshed.
func (c *Clients) Hold(object, word string) {
	c.heldMu.Lock()
	defer c.heldMu.Unlock()
	c.held[object], c.lastHeld = word, time.Now()
}

const (
	quietFor  = time.Second
	quietMost = 10 * time.Second
)

// AwaitHeld waits until no object has been held for a second. Resources are read
// at the same time, so only then does what is not held belong to nobody.
func (c *Clients) AwaitHeld(ctx context.Context) {
	begun := time.Now()
	for time.Since(begun) < quietMost {
		c.heldMu.Lock()
		last := c.lastHeld
		c.heldMu.Unlock()
		if last.Before(begun) {
			last = begun
		}
		left := quietFor - time.Since(last)
		if left <= 0 {
			return
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(left):
		}
	}
}

// Held reports whether the state holds an object, and the word about it.
func (c *Clients) Held(object string) (word string, held bool) {
	c.heldMu.Lock()
	defer c.heldMu.Unlock()
	word, held = c.held[object]
	return word, held
}

// Planned reports whether the plan has an object, also one whose resource is
// planned at this moment. It waits for that, once for each object.
func (c *Clients) Planned(ctx context.Context, object string) bool {
	if _, held := c.Held(object); held {
		return true
	}
	c.heldMu.Lock()
	awaited := c.awaited[object]
	c.heldMu.Unlock()
	if !awaited {
		c.AwaitHeld(ctx)
		c.heldMu.Lock()
		c.awaited[object] = true
		c.heldMu.Unlock()
	}
	_, held := c.Held(object)
	return held
}

// Release takes back what [Clients.Hold] noted: the object does not exist.
func (c *Clients) Release(object string) {
	c.heldMu.Lock()
	defer c.heldMu.Unlock()
	delete(c.held, object)
}
