// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package ccr

import (
	"net/url"
	"regexp"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

// unusual are names with everything that one may think of.
var unusual = []string{
	"", "orders", "orders-2026.11", "a", "*", "logs-*", "*-logs-*-x", ".", "..", "../orders", "a/../b", "a?x=1", "a#b", "a%2Fb", "%", "%%",
	"-a", "_all", "+a", "ä", "İ", "\u65e5\u672c", "a\x00b", "a\r\nb", "a\u2028b", "\xff", "london", "terraform-all-0badcafe", "business-4", "Startup-4",
	"aws-eu-west-1", "index.number_of_replicas", "index.sort.field", "1a2b3c4d-0000-0000-0000-000000000000", strings.Repeat("a", 256),
}

// A name that is accepted is one segment of a path, stays the same in it, and
// shows in one line.
func FuzzNames(f *testing.F) {
	for _, name := range unusual {
		f.Add(name)
	}
	f.Fuzz(func(t *testing.T, name string) {
		if !utf8.ValidString(name) {
			t.Skip("Terraform has no such text")
		}
		for kind, check := range map[string]func(string) error{
			"index name": CheckIndexName, "pattern": CheckPattern, "alias": CheckAlias, "rule name": CheckRuleName,
			"service name": CheckServiceName, "project name": CheckProjectName, "cloud name": CheckCloudName,
			"plan name": CheckPlanName, "VPC ID": CheckVPCID, "setting": CheckReplicaSetting,
		} {
			err := check(name)
			if err != nil {
				if strings.ContainsFunc(err.Error(), unicode.IsControl) {
					t.Errorf("%s %q: the error has control characters: %q", kind, name, err)
				}
				continue
			}
			if name == "" && kind != "VPC ID" {
				t.Errorf("%s: the empty text is accepted", kind)
			}
			if strings.ContainsAny(name, "/?") || strings.Contains(name, "#") && kind != "pattern" || strings.ContainsFunc(name, unicode.IsControl) {
				t.Errorf("%s %q is accepted", kind, name)
			}
			if (name == "." || name == "..") && kind != "rule name" { // which is in no path
				t.Errorf("%s %q is accepted, and as a part of a path it means another", kind, name)
			}
			if back, err := url.PathUnescape(url.PathEscape(name)); err != nil || back != name {
				t.Errorf("%s %q is %q behind a path, %v", kind, name, back, err)
			}
		}
	})
}

// A pattern covers what a regular expression of the same meaning covers.
func FuzzMatches(f *testing.F) {
	for _, pattern := range unusual {
		f.Add(pattern, "orders-2026")
		f.Add(pattern, pattern)
	}
	f.Add("a*a", "a")
	f.Add("*a*ab*", "xaab")
	f.Fuzz(func(t *testing.T, pattern, index string) {
		if !utf8.ValidString(pattern) || !utf8.ValidString(index) {
			t.Skip("Terraform has no such text")
		}
		expression := "(?s)^" + strings.ReplaceAll(regexp.QuoteMeta(pattern), `\*`, ".*") + "$"
		want := !strings.HasPrefix(index, ".") && regexp.MustCompile(expression).MatchString(index)
		if got := Matches(pattern, index); got != want {
			t.Errorf("Matches(%q, %q) is %v, the expression %s says %v", pattern, index, got, expression, want)
		}
	})
}

// The name of a rule that the provider makes itself is a valid one and tells of
// which leader and pattern it is.
func FuzzRuleName(f *testing.F) {
	for _, pattern := range unusual {
		f.Add("london", pattern, "paris")
	}
	f.Fuzz(func(t *testing.T, alias, pattern, other string) {
		if CheckAlias(alias) != nil || CheckPattern(pattern) != nil {
			t.Skip("never asked for")
		}
		rule := Rule{Name: RuleName(alias, pattern), Pattern: pattern}
		if err := CheckRuleName(rule.Name); err != nil {
			t.Errorf("%q: %v", rule.Name, err)
		}
		if !rule.Named() || !rule.of(alias) || !rule.ours(alias) || rule.ofAnother(alias) {
			t.Errorf("%q of %q is not known to be so", rule.Name, alias)
		}
		if other != alias && CheckAlias(other) == nil && (rule.of(other) || !rule.ofAnother(other)) {
			t.Errorf("%q of %q is taken for one of %q", rule.Name, alias, other)
		}
	})
}

// A version is older, equal or newer, and a plan has one tier.
func FuzzVersionsAndPlans(f *testing.F) {
	for _, text := range append([]string{"2.19", "2.19.4", "3", "3.3", "3.10", "10.0", "99999999999999999999.1", "-1.0", "2.", ".2"}, unusual...) {
		f.Add(text, "2.19")
		f.Add("3.6", text)
	}
	f.Fuzz(func(t *testing.T, a, b string) {
		if newer(a, b) && newer(b, a) {
			t.Errorf("%q and %q are each newer than the other", a, b)
		}
		if MajorMinor(MajorMinor(a)) != MajorMinor(a) || HasCCR(a) != HasCCR(MajorMinor(a)) {
			t.Errorf("%q is not what its first two parts are", a)
		}
		if newer(versionsWithCCR[0], a) && HasCCR(a) {
			t.Errorf("%q is older than every version with cross-cluster replication, and is said to have it", a)
		}
		_ = adviseUpgrade("the service", a, []string{b})
		if tier := Tier(a); strings.Contains(tier, "-") || tier != Tier(tier) {
			t.Errorf("plan %q has tier %q", a, tier)
		}
		if TierRefused(a) != TierRefused(Tier(a)) {
			t.Errorf("plan %q is refused where its tier %q is not, or the other way round", a, Tier(a))
		}
	})
}
