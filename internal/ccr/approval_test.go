// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package ccr

import "testing"

// What a second plan finds, made during apply, is approved only as far as the
// refresh of the first one found it too.
func TestForesight(t *testing.T) {
	t.Parallel()
	const failing = "disk full"
	want := desired(ModeReplicating, "*")
	want.Owned = NewByName(map[string]string{"a": uuidOf("a"), "b": uuidOf("b")})
	want.Permits.Rebuild = true
	removal := desired(ModeReplicating, "b")
	removal.Owned, removal.Permits.RemovedPatterns = want.Owned, []string{"*"}
	stopped := put(plain("a"))
	for name, tt := range map[string]struct {
		refreshed, later []change
		d                Desired
		approved         int
	}{
		"failed at both":                   {[]change{becomes(Failed, failing)}, []change{becomes(Failed, failing)}, want, 1},
		"failed since":                     {nil, []change{becomes(Failed, failing)}, want, 0},
		"stopped at both":                  {[]change{stopped}, []change{stopped}, want, 1},
		"stopped since":                    {nil, []change{stopped}, want, 0},
		"failed, and stopped since":        {[]change{becomes(Failed, failing)}, []change{stopped}, want, 0},
		"paused, its history lost since":   {[]change{becomes(Paused, byHand)}, []change{becomes(Paused, byHand), historyLost}, want, 1},
		"its pattern is removed":           {nil, nil, removal, 1},
		"removed, but stopped before":      {[]change{stopped}, nil, removal, 0},
		"removed, and created again since": {nil, []change{anotherUUID}, removal, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			foresight := Foresee(want, healthy(tt.refreshed...))
			d := tt.d
			decided := Decide(d, healthy(tt.later...))
			approval := foresight.Approve(d.Mode, decided.Steps, want.Owned)
			deletions := 0
			for _, s := range decided.Steps {
				for _, x := range []Destruction{s.Destroys, s.OrDestroys} {
					if x.Kind() == DestroysIndex && approval.Allows(x) {
						deletions++
					}
				}
			}
			if deletions != tt.approved {
				t.Errorf("%d deletions are approved, want %d: %v", deletions, tt.approved, texts(decided.Steps))
			}
		})
	}
}

// A refresh that could not look foresees nothing, not even what a removed pattern
// leads to: no plan has named it.
func TestForesight_NothingWithoutALook(t *testing.T) {
	t.Parallel()
	want := desired(ModeReplicating, "b")
	want.Owned, want.Permits.RemovedPatterns = NewByName(map[string]string{"a": uuidOf("a"), "b": uuidOf("b")}), []string{"*"}
	deletions := 0
	for _, s := range Decide(want, healthy()).Steps {
		if s.Destroys.Kind() != DestroysIndex {
			continue
		}
		deletions++
		if approval := (Foresight{}).Approve(want.Mode, []Step{s}, want.Owned); approval.Allows(s.Destroys) {
			t.Errorf("approved without a look: %s", s)
		}
	}
	if deletions == 0 {
		t.Error("nothing is deleted, whatever is approved")
	}
}

func historyLost(o *Observation) {
	f := o.Indices.At("a")
	f.HistoryLost = true
	o.Indices = o.Indices.With("a", f)
}

func anotherUUID(o *Observation) {
	f := o.Indices.At("a")
	f.Index = Present(Identity{UUID: "another"})
	o.Indices = o.Indices.With("a", f)
}
