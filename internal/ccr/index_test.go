// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package ccr

import (
	"math/rand/v2"
	"regexp"
	"strings"
	"testing"
)

func TestMatches(t *testing.T) {
	for _, tt := range []struct {
		pattern, index string
		want           bool
	}{
		{"movies", "movies", true},
		{"movies", "movies2", false},
		{"", "movies", false},
		{"*", "movies", true},
		{"**", "movies", true},
		{"log-*", "log-2026", true},
		{"log-*", "log-", true},
		{"log-*", "blog-2026", false},
		{"*-eu", "log-eu", true},
		{"*-eu", "log-eu-2", false},
		{"log-*-eu", "log-2026-eu", true},
		{"log-*-eu", "log-eu", false},   // the hyphen cannot be both the first part's and the last's
		{"log-*-eu", "log--eu", true},   // the wildcard may be nothing
		{"a*b*c", "a-c-b-c", true},      // a part may come again later
		{"a*b*c", "a-c-b", false},       //
		{"*a*a*", "a", false},           // each part needs a place of its own
		{"*a*a*", "aa", true},           //
		{"ab*ba", "aba", false},         //
		{"log-?", "log-1", false},       // * is the only wildcard
		{"log-[12]", "log-1", false},    //
		{"log-.", "log-1", false},       //
		{"*", ".hidden-one", false},     // recording 15: * does not expand to it
		{".hid*", ".hidden-one", false}, // nor is it followed when it is named
	} {
		if got := Matches(tt.pattern, tt.index); got != tt.want {
			t.Errorf("Matches(%q, %q) = %v, want %v", tt.pattern, tt.index, got, tt.want)
		}
	}
}

// The oracle is the regular expression that says the same. Few letters and short
// words make matches, near misses and overlapping parts likely.
func TestMatches_IsWhatARegularExpressionSays(t *testing.T) {
	random := rand.New(rand.NewPCG(2026, 11))
	word := func(letters string, most int) string {
		var b strings.Builder
		for range random.IntN(most + 1) {
			b.WriteByte(letters[random.IntN(len(letters))])
		}
		return b.String()
	}
	matched := 0
	for range 5_000 {
		pattern, index := word("ab.**", 7), word("ab.", 8)
		quoted := strings.ReplaceAll(regexp.QuoteMeta(pattern), `\*`, ".*")
		want := !strings.HasPrefix(index, ".") && regexp.MustCompile("^"+quoted+"$").MatchString(index)
		if got := Matches(pattern, index); got != want {
			t.Fatalf("Matches(%q, %q) = %v, want %v", pattern, index, got, want)
		}
		if want {
			matched++
		}
	}
	if matched < 250 {
		t.Fatalf("only %d of the random pairs match: they prove little", matched)
	}
}

func TestMatchesAny(t *testing.T) {
	for _, tt := range []struct {
		patterns []string
		want     bool
	}{
		{nil, false},
		{[]string{"log-*"}, false},
		{[]string{"log-*", "mov*"}, true},
	} {
		if got := MatchesAny(tt.patterns, "movies"); got != tt.want {
			t.Errorf("MatchesAny(%q, movies) = %v, want %v", tt.patterns, got, tt.want)
		}
	}
}

const patternCharacters = ` has one of the characters space , " \ < > | / ? that a pattern must not have; * is the only wildcard, and each pattern is an element of its own`

func TestCheckPattern(t *testing.T) {
	for _, tt := range []struct{ pattern, want string }{
		{"*", ""},
		{"log-*", ""},
		{"movies", ""},
		{"a#b", ""}, // not among the characters that the plugin refuses
		{"a\r\nb", `pattern "a\r\nb" must not have control characters`},
		{"", `a pattern must not be empty; use "*" for every index`},
		{"x*,y*", `pattern "x*,y*"` + patternCharacters}, // recording 13
		{"X y*", `pattern "X y*"` + patternCharacters},   // recording 13
		{`a"b`, `pattern "a\"b"` + patternCharacters},
		{`a\b`, `pattern "a\\b"` + patternCharacters},
		{"a<b", `pattern "a<b"` + patternCharacters},
		{"a>b", `pattern "a>b"` + patternCharacters},
		{"a|b", `pattern "a|b"` + patternCharacters},
		{"a/b", `pattern "a/b"` + patternCharacters},
		{"log-?", `pattern "log-?"` + patternCharacters},
		{"Log-*", `pattern "Log-*" has upper case letters, but index names are lower case`},
		{".kibana*", `pattern ".kibana*" begins with a dot, but hidden and system indices cannot be followed`},
		{"-log*", `pattern "-log*" begins with "-", which no index name begins with`},
		{"_log*", `pattern "_log*" begins with "_", which no index name begins with`},
		{"+log*", `pattern "+log*" begins with "+", which no index name begins with`},
	} {
		if got := text(CheckPattern(tt.pattern)); got != tt.want {
			t.Errorf("CheckPattern(%q)\n got %s\nwant %s", tt.pattern, got, tt.want)
		}
	}
}

const indexCharacters = ` must not have any of the characters space , " \ < > | / ? * # :`

func TestCheckIndexName(t *testing.T) {
	for _, tt := range []struct{ name, want string }{
		{"movies", ""},
		{"a%b", ""},
		{"log-2026.11.24_eu+1", ""},
		{"größe", ""},
		{strings.Repeat("a", 255), ""},
		{"", "an index name must not be empty"},
		{"Movies", `index name "Movies" must be lower case`},                                                          // recording 03
		{".movies", `index name ".movies" must not begin with a dot: hidden and system indices cannot be replicated`}, // recording 03
		{"..", `index name ".." must not begin with a dot: hidden and system indices cannot be replicated`},
		{"a b", `index name "a b"` + indexCharacters},
		{"a,b", `index name "a,b"` + indexCharacters},
		{`a"b`, `index name "a\"b"` + indexCharacters},
		{`a\b`, `index name "a\\b"` + indexCharacters},
		{"a<b", `index name "a<b"` + indexCharacters},
		{"a>b", `index name "a>b"` + indexCharacters},
		{"a|b", `index name "a|b"` + indexCharacters},
		{"a/b", `index name "a/b"` + indexCharacters},
		{"a?b", `index name "a?b"` + indexCharacters},
		{"a*b", `index name "a*b"` + indexCharacters},
		{"a#b", `index name "a#b"` + indexCharacters},
		{"a:b", `index name "a:b"` + indexCharacters},
		{"-a", `index name "-a" must not begin with "-"`},
		{"_all", `index name "_all" must not begin with "_"`},
		{"+a", `index name "+a" must not begin with "+"`},
		{strings.Repeat("ä", 128), "index name of 256 bytes is longer than the 255 that OpenSearch allows"},
		{"a\nb", `index name "a\nb" must not have control characters`},
	} {
		if got := text(CheckIndexName(tt.name)); got != tt.want {
			t.Errorf("CheckIndexName(%q)\n got %s\nwant %s", tt.name, got, tt.want)
		}
	}
}

func TestCheckServiceName(t *testing.T) {
	const rule = " must begin with a lower case letter, end with a letter or a digit, have only lower case letters, digits and hyphens, and have at most 64 characters"
	checkNames(t, CheckServiceName,
		[]string{"a", "search-eu", "s1", "a" + strings.Repeat("b", 63)},
		map[string]string{
			"":                            `service name ""` + rule,
			"1a":                          `service name "1a"` + rule,
			"-a":                          `service name "-a"` + rule,
			"a-":                          `service name "a-"` + rule,
			"Search":                      `service name "Search"` + rule,
			"search_eu":                   `service name "search_eu"` + rule,
			"search\n":                    `service name "search\n"` + rule,
			"a" + strings.Repeat("b", 64): `service name "a` + strings.Repeat("b", 64) + `"` + rule,
		})
}

func TestCheckProjectName(t *testing.T) {
	const rule = " must have only letters, digits, hyphens and underscores, and at most 63 characters"
	checkNames(t, CheckProjectName,
		[]string{"acme", "Acme_1-test", strings.Repeat("a", 63)},
		map[string]string{
			"":                      `project name ""` + rule,
			"acme/x":                `project name "acme/x"` + rule,
			"acme x":                `project name "acme x"` + rule,
			strings.Repeat("a", 64): `project name "` + strings.Repeat("a", 64) + `"` + rule,
		})
}

func TestCheckCloudName(t *testing.T) {
	const rule = " is not of the form PROVIDER-REGION, such as aws-eu-west-1 or google-europe-west1"
	checkNames(t, CheckCloudName,
		[]string{"aws-eu-west-1", "google-europe-west1", "do-ams"},
		map[string]string{
			"":              `cloud name ""` + rule,
			"aws":           `cloud name "aws"` + rule,
			"aws-":          `cloud name "aws-"` + rule,
			"AWS-eu-west-1": `cloud name "AWS-eu-west-1"` + rule,
			"aws_eu":        `cloud name "aws_eu"` + rule,
		})
}

func checkNames(t *testing.T, check func(string) error, good []string, bad map[string]string) {
	t.Helper()
	for _, name := range good {
		if err := check(name); err != nil {
			t.Errorf("%q: unexpected error: %v", name, err)
		}
	}
	for name, want := range bad {
		if got := text(check(name)); got != want {
			t.Errorf("%q\n got %s\nwant %s", name, got, want)
		}
	}
}

// text is an error's text, empty for none.
func text(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}
