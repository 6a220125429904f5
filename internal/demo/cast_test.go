// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package main

import (
	"encoding/xml"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"
)

func TestCast_ShowsEachLineAtItsTime(t *testing.T) {
	now := time.Unix(0, 0)
	c := newCast(func() time.Time { return now })
	fmt.Fprint(c, "1. make a <follower>\n")
	now = now.Add(8 * time.Second)
	fmt.Fprint(c, "   … still at ")
	fmt.Fprint(c, "it & well\n")
	picture := string(c.svg())
	for _, want := range []string{`style="animation-delay:0.00s">1. make a &lt;follower&gt;<`, `style="animation-delay:2.00s">   … still at it &amp; well<`} {
		if !strings.Contains(picture, want) {
			t.Errorf("%s\ndoes not have %s", picture, want)
		}
	}
	for d := xml.NewDecoder(strings.NewReader(picture)); ; {
		if _, err := d.Token(); err == io.EOF { //nolint:errorlint // that very value is the end
			break
		} else if err != nil {
			t.Fatal(err)
		}
	}
}
