// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package connection

import (
	"fmt"
	"net"
	"net/netip"
	"regexp"
	"strconv"
	"sync"

	"github.com/hashicorp/terraform-plugin-framework/schema/validator"

	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/provider/attribute"
)

// hostName is what DNS takes, and the underscores that container networks have.
var hostName = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^[a-zA-Z0-9_]([a-zA-Z0-9_-]{0,61}[a-zA-Z0-9_])?(\.[a-zA-Z0-9_]([a-zA-Z0-9_-]{0,61}[a-zA-Z0-9_])?)*\.?$`)
})

// checkHost returns what is wrong with the name or the IP address of a host, or nil.
func checkHost(host string) error {
	if _, err := netip.ParseAddr(host); err == nil {
		return nil
	}
	if !hostName().MatchString(host) || len(host) > 253 {
		return fmt.Errorf("%q is neither a host name nor an IP address", host)
	}
	return nil
}

// hostPort takes transport addresses only.
func hostPort() []validator.String {
	return attribute.Grammar("a transport address", checkHostPort)
}

func checkHostPort(address string) error {
	host, port, err := net.SplitHostPort(address)
	if err != nil || host == "" || port == "" {
		return fmt.Errorf("%q is not of the form HOST:PORT, such as london.example.com:9300 or [2001:db8::1]:9300", address)
	}
	if err := checkHost(host); err != nil {
		return fmt.Errorf("in %q, %w", address, err)
	}
	if _, err := netip.ParseAddr(host); err != nil && address[0] == '[' {
		return fmt.Errorf("in %q, %q is in brackets, which only an IPv6 address is", address, host)
	}
	if n, err := strconv.ParseUint(port, 10, 16); err != nil || n == 0 {
		return fmt.Errorf("in %q, port %q is not a number from 1 to 65535", address, port)
	}
	return nil
}
