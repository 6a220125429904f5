// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package ccr

import "testing"

func TestFact(t *testing.T) {
	for name, tt := range map[string]struct {
		fact                     Fact[int]
		present, absent, unknown bool
		text                     string
	}{
		"present":                {Present(7), true, false, false, ""},
		"present with no value":  {Present(0), true, false, false, ""},
		"absent":                 {Absent[int]("two lists are without it"), false, true, false, "two lists are without it"},
		"unknown":                {Unknown[int]("403"), false, false, true, "403"},
		"nobody has looked":      {Fact[int]{}, false, false, true, "nobody has looked yet"},
		"unknown without reason": {Unknown[int](""), false, false, true, "nobody has looked yet"},
	} {
		t.Run(name, func(t *testing.T) {
			value, present := tt.fact.Value()
			proof, absent := tt.fact.Absent()
			why, unknown := tt.fact.Unknown()
			if present != tt.present || absent != tt.absent || unknown != tt.unknown {
				t.Errorf("present %v, absent %v, unknown %v", present, absent, unknown)
			}
			if !present && value != 0 {
				t.Errorf("what is not present has the value %d", value)
			}
			if got := proof.String() + why; got != tt.text {
				t.Errorf("got %q, want %q", got, tt.text)
			}
			if proof.holds() != tt.absent {
				t.Errorf("the proof %q holds: %v", proof, proof.holds())
			}
		})
	}
}
