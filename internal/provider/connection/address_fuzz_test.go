// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package connection

import (
	"net"
	"net/netip"
	"net/url"
	"strings"
	"testing"
)

// An address that is accepted is one host and one port, which stay the same in a URL.
func FuzzAddress(f *testing.F) {
	for _, address := range []string{"london.example.com:9300", "[2001:db8::1]:9300", "10.0.0.1:9300", "[fe80::1%eth0]:9300", "a:0", "a:65536", "a:-1", "a:+1", "a:", ":9300", "a", "a_b:1", "-a:1", "a..b:1",
		"a.:1", "a b:1", "a/b:1", "user@a:1", "a#:1", "a:1:2", "[a]:1", "größe:1", "a\x00:1", strings.Repeat("a", 300) + ":1"} {
		f.Add(address)
	}
	f.Fuzz(func(t *testing.T, address string) {
		if checkHostPort(address) != nil {
			return
		}
		host, port, err := net.SplitHostPort(address)
		if err != nil || host == "" || port == "" || strings.ContainsAny(host, "/@?# \x00") {
			t.Fatalf("%q is accepted", address)
		}
		if at, err := netip.ParseAddr(host); err == nil && at.Zone() != "" {
			return // a zone is escaped in a URL
		}
		if u, err := url.Parse("https://" + address + "/"); err != nil || u.Hostname() != host || u.Port() != port {
			t.Errorf("%q is accepted, and as an address it is %v, %v", address, u, err)
		}
	})
}
