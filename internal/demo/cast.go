// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package main

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"time"
	"unicode/utf8"
)

// cast records what is printed, with the time of each line.
type cast struct {
	now     func() time.Time
	started time.Time
	lines   lines
	said    []castLine
}

type castLine struct {
	at   time.Duration
	text string
}

func newCast(now func() time.Time) *cast {
	c := &cast{now: now, started: now()}
	c.lines.each = func(text string) { c.said = append(c.said, castLine{c.now().Sub(c.started), text}) }
	return c
}

// Write never fails.
func (c *cast) Write(p []byte) (int, error) { return c.lines.Write(p) }

// How the picture looks, in pixels, and how much faster than the run it plays.
const (
	castLetter = 7.3
	castRow    = 17
	castMargin = 14
	castFaster = 4
)

// svg is a picture in which the lines appear one after another, as they were printed.
func (c *cast) svg() []byte {
	width := 0
	for _, l := range c.said {
		width = max(width, utf8.RuneCountInString(l.text))
	}
	var b bytes.Buffer
	fmt.Fprintf(&b, "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%.0f\" height=\"%d\" role=\"img\" aria-label=\"make demo\">\n", 2*castMargin+castLetter*float64(width), 2*castMargin+castRow*len(c.said))
	b.WriteString("<style>text{font:12px ui-monospace,Menlo,Consolas,monospace;fill:#d6deeb;white-space:pre;opacity:0;animation:say 1ms forwards}@keyframes say{to{opacity:1}}</style>\n")
	b.WriteString("<rect width=\"100%\" height=\"100%\" rx=\"6\" fill=\"#0f1720\"/>\n")
	for i, l := range c.said {
		fmt.Fprintf(&b, "<text x=\"%d\" y=\"%d\" style=\"animation-delay:%.2fs\">", castMargin, castMargin+castRow*(i+1)-5, l.at.Seconds()/castFaster)
		_ = xml.EscapeText(&b, []byte(l.text)) // a buffer takes everything
		b.WriteString("</text>\n")
	}
	b.WriteString("</svg>\n")
	return b.Bytes()
}
