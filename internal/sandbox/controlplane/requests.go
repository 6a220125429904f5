// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package controlplane

import "slices"

// Request is a request that reached the control plane. A fake can tell how
// often it was asked, which the real API cannot.
type Request struct {
	Method    string
	Path      string // without the query
	Operation Operation
	Status    int // 0: the answer was lost or held back
}

// String is "GET /v1/project/p/service/s".
func (r Request) String() string { return r.Method + " " + r.Path }

// Requests are the requests to a project so far, those with a wrong token
// included, in the order of their answers.
func (c *ControlPlane) Requests(project string) []Request {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.requests[project])
}

// ResetRequests forgets the requests to a project.
func (c *ControlPlane) ResetRequests(project string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.requests, project)
}
