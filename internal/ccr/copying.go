// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package ccr

import (
	"fmt"
	"math"
	"time"
)

// Copied is how far a first copy is, in bytes. The zero value is not known.
type Copied struct{ Done, Total int64 }

// CopySample is how far the first copies were at a moment.
type CopySample struct {
	At time.Time
	Copied
}

const (
	// rateWindow is how far back a rate looks: a copy is faster at some times
	// than at others.
	rateWindow = time.Minute
	// rateLeast is the least time that a rate is known after.
	rateLeast = 2 * time.Second
)

// Copying is how far the first copies of indices are.
type Copying struct {
	// Done of All indices have what their leader index has.
	Done, All int
	Copied
	// PerSecond is how many bytes are copied in a second, 0 where that is not known.
	PerSecond float64
	// Left is how long the rest is expected to take, 0 where that is not known.
	Left time.Duration
}

// NewCopying works out the rate and what is left from samples, the latest last.
func NewCopying(done, all int, samples []CopySample) Copying {
	c := Copying{Done: done, All: all}
	if len(samples) == 0 {
		return c
	}
	last := samples[len(samples)-1]
	c.Copied = last.Copied
	first := last
	for i := len(samples) - 1; i >= 0 && last.At.Sub(samples[i].At) <= rateWindow; i-- {
		first = samples[i]
	}
	took, copied := last.At.Sub(first.At), last.Done-first.Done
	if took < rateLeast || copied <= 0 {
		return c
	}
	c.PerSecond = float64(copied) / took.Seconds()
	c.Left = time.Duration(float64(last.Total-last.Done) / c.PerSecond * float64(time.Second))
	return c
}

// Recent are the samples that a rate can still need, the latest last.
func Recent(samples []CopySample) []CopySample {
	for len(samples) > 2 && samples[len(samples)-1].At.Sub(samples[1].At) > rateWindow {
		samples = samples[1:]
	}
	return samples
}

// String is such as "17 of 40 indices are in sync, 12.4 of 61.0 GB, 38.0 MB/s, about 20 min left".
func (c Copying) String() string {
	text := fmt.Sprintf("%d of %d indices are in sync", c.Done, c.All)
	if size := c.size(); size != "" {
		text += ", " + size
	}
	if c.PerSecond > 0 {
		size, unit := unitOf(c.PerSecond)
		text += fmt.Sprintf(", %.1f %s/s", c.PerSecond/size, unit)
	}
	if c.Left > 0 {
		text += ", about " + roughly(c.Left) + " left"
	}
	return text
}

// size is such as "12.4 of 61.0 GB", empty where no size is known.
func (c Copying) size() string {
	if c.Total == 0 {
		return ""
	}
	size, unit := unitOf(float64(c.Total))
	return fmt.Sprintf("%.1f of %.1f %s", float64(c.Copied.Done)/size, float64(c.Total)/size, unit)
}

// Size is a number of bytes as "12.4 GB".
func Size(bytes int64) string {
	size, unit := unitOf(float64(bytes))
	return fmt.Sprintf("%.1f %s", float64(bytes)/size, unit)
}

// unitOf is the greatest unit that a number of bytes has one of, and kB for less.
func unitOf(bytes float64) (size float64, name string) {
	for _, u := range []struct {
		size float64
		name string
	}{{1e12, "TB"}, {1e9, "GB"}, {1e6, "MB"}} {
		if bytes >= u.size {
			return u.size, u.name
		}
	}
	return 1e3, "kB"
}

// roughly is a time without the digits that an estimate does not have.
func roughly(d time.Duration) string {
	switch {
	case d < 90*time.Second:
		return fmt.Sprintf("%.0f s", math.Max(1, d.Seconds()))
	case d < 90*time.Minute:
		return fmt.Sprintf("%.0f min", d.Minutes())
	}
	return fmt.Sprintf("%.0f h", d.Hours())
}
