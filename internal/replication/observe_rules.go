// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package replication

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/ccr"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/clock"
)

// recordsLag is how long a search of the plugin's records may show what was
// before: they are refreshed every second.
const recordsLag = 3 * time.Second

// attribute finds out of which leader the rules are whose names do not tell,
// which the plugin shows in its store only. Where that is closed it stays unknown.
// Rules of two leaders may have one name, so as long as the records show more or
// fewer of a name than there are, they are of before and are read again.
func (e *Engine) attribute(ctx context.Context, o *ccr.Observation) error {
	if o.Attributed() {
		return nil
	}
	deadline := e.clock.Now().Add(recordsLag)
	for pauses := clock.NewPace(500*time.Millisecond, time.Second); ; {
		records, err := e.Follower.ReadRecords(ctx)
		if isClosedRoute(err) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("read of which leader the autofollow rules are: %w", err)
		}
		if agree(o.Rules, records) || !e.clock.Now().Before(deadline) {
			o.Rules = withAliases(o.Rules, records)
			return nil
		}
		if err := pauses.Wait(ctx, e.clock); err != nil {
			return err
		}
	}
}

// agree reports whether the records have as many rules as there are of each name
// and pattern that do not tell their leader.
func agree(rules []ccr.Rule, records Records) bool {
	type look struct{ name, pattern string }
	missing := map[look]int{}
	for _, rule := range rules {
		if !rule.Named() {
			missing[look{rule.Name, rule.Pattern}]++
		}
	}
	for key, record := range records.Rules {
		recorded := look{strings.TrimPrefix(key, RuleKey(record.LeaderAlias, "")), record.Leader}
		if _, asked := missing[recorded]; asked {
			missing[recorded]--
		}
	}
	for _, difference := range missing {
		if difference != 0 {
			return false
		}
	}
	return true
}
