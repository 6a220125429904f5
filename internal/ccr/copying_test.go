// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package ccr

import (
	"testing"
	"time"
)

func TestCopying_SaysHowFarHowFastAndHowLong(t *testing.T) {
	t.Parallel()
	began := time.Date(2026, 11, 24, 8, 0, 0, 0, time.UTC)
	const mb, gb = int64(1e6), int64(1e9)
	at := func(after time.Duration, done, total int64) CopySample {
		return CopySample{began.Add(after), Copied{done, total}}
	}
	tests := map[string]struct {
		samples []CopySample
		want    string
	}{
		"no sizes":                      {nil, "17 of 40 indices are in sync"},
		"one look":                      {[]CopySample{at(0, 0, 61*gb)}, "17 of 40 indices are in sync, 0.0 of 61.0 GB"},
		"too early for a rate":          {[]CopySample{at(0, 0, 900*mb), at(time.Second, 100*mb, 900*mb)}, "17 of 40 indices are in sync, 100.0 of 900.0 MB"},
		"a steady rate":                 {[]CopySample{at(0, 10*gb, 61*gb), at(time.Minute, 10*gb+2280*mb, 61*gb)}, "17 of 40 indices are in sync, 12.3 of 61.0 GB, 38.0 MB/s, about 21 min left"},
		"what was long ago":             {[]CopySample{at(0, 0, 6*gb), at(time.Hour, 2*gb, 6*gb), at(time.Hour+10*time.Second, 3*gb, 6*gb)}, "17 of 40 indices are in sync, 3.0 of 6.0 GB, 100.0 MB/s, about 30 s left"},
		"nothing moves":                 {[]CopySample{at(0, gb, 6*gb), at(10*time.Second, gb, 6*gb)}, "17 of 40 indices are in sync, 1.0 of 6.0 GB"},
		"more to copy than known first": {[]CopySample{at(0, 0, gb), at(10*time.Second, gb, 4000*gb)}, "17 of 40 indices are in sync, 0.0 of 4.0 TB, 100.0 MB/s, about 11 h left"},
		"copied":                        {[]CopySample{at(0, 0, gb), at(10*time.Second, gb, gb)}, "17 of 40 indices are in sync, 1.0 of 1.0 GB, 100.0 MB/s"},
		"little":                        {[]CopySample{at(0, 100, 3000), at(10*time.Second, 1100, 3000)}, "17 of 40 indices are in sync, 1.1 of 3.0 kB, 0.1 kB/s, about 19 s left"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := NewCopying(17, 40, tt.samples).String(); got != tt.want {
				t.Errorf("\n got %s\nwant %s", got, tt.want)
			}
			if got := NewCopying(17, 40, Recent(tt.samples)).String(); got != tt.want {
				t.Errorf("of the recent samples:\n got %s\nwant %s", got, tt.want)
			}
		})
	}
}

func TestRecent_KeepsWhatARateNeeds(t *testing.T) {
	t.Parallel()
	var samples []CopySample
	for second := range 1000 {
		samples = Recent(append(samples, CopySample{At: time.Unix(int64(second), 0)}))
	}
	if len(samples) > 70 {
		t.Errorf("%d samples of 1000 are kept", len(samples))
	}
}
