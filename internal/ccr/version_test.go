// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package ccr

import "testing"

func TestHasCCR(t *testing.T) {
	for version, want := range map[string]bool{
		"2.19": true, "2.19.4": true, "3.3": true, "3.6": true, "3.6.0": true,
		"3.7": true, "3.10": true, "4.0": true, "10.1": true, // newer than this release: the API decides
		"1.3": false, "2.17": false, "2.20": false, "3.0": false, "3.5": false,
		"": false, "3": false, "latest": false, "x.y": false, "9.x": false,
	} {
		if got := HasCCR(version); got != want {
			t.Errorf("HasCCR(%q) = %v, want %v", version, got, want)
		}
	}
}

func TestMajorMinor(t *testing.T) {
	for version, want := range map[string]string{
		"2.19.4": "2.19", "2.19": "2.19", "3.6.0-SNAPSHOT": "3.6", "3": "3", "": "",
	} {
		if got := MajorMinor(version); got != want {
			t.Errorf("MajorMinor(%q) = %q, want %q", version, got, want)
		}
	}
}

// A version with its third part is as old as its first two say.
func TestNewer_OfThreeParts(t *testing.T) {
	for _, test := range []struct {
		a, b string
		want bool
	}{{"2.19.4", "2.19", false}, {"2.19", "2.19.4", false}, {"2.19.4", "2.17.1", true}, {"3.3", "2.19.4", true}} {
		if got := newer(test.a, test.b); got != test.want {
			t.Errorf("newer(%q, %q) = %v, want %v", test.a, test.b, got, test.want)
		}
	}
}
