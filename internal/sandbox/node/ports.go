// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package node

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"sync"
)

// A node keeps its ports over restarts, so they are taken from a range that the kernel gives to nobody:
// below the ephemeral ports of Linux (from 32768) and macOS (from 49152), in which any connection of any
// process could sit while the node is down.
const (
	firstPort = 20000
	lastPort  = 32000
)

// reserved holds the ports of the nodes of this process, running or not.
var reserved = struct {
	sync.Mutex
	ports map[int]bool
}{ports: map[int]bool{}}

// freePorts reserves n loopback ports on which nothing listens. Another process can still take one before
// the node binds it; then the node does not start and Start chooses again.
func freePorts(n int) ([]int, error) {
	reserved.Lock()
	defer reserved.Unlock()
	var ports []int
	for tries := 0; len(ports) < n; tries++ {
		if tries == 1000 {
			return nil, fmt.Errorf("no free port on 127.0.0.1 between %d and %d", firstPort, lastPort)
		}
		port := firstPort + rand.IntN(lastPort-firstPort)
		if reserved.ports[port] || !portIsFree(port) {
			continue
		}
		reserved.ports[port] = true
		ports = append(ports, port)
	}
	return ports, nil
}

func portIsFree(port int) bool {
	listener, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port))
	return err == nil && listener.Close() == nil
}

func releasePorts(ports ...int) {
	reserved.Lock()
	defer reserved.Unlock()
	for _, port := range ports {
		delete(reserved.ports, port)
	}
}

// errPortTaken is why a node ended that could not bind one of its ports.
var errPortTaken = errors.New("a port of the node was taken by another process")
