// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"time"

	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/sandbox/controlplane"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/sandbox/memory"
)

const (
	project  = "acme"
	token    = "token-of-the-bench"
	leaderOf = "search-us"
	eu       = "search-eu"
)

// memoryPlatform is a control plane whose services are in memory. It is a fake, because real clusters with ten
// thousand indices take hours to make and the questions are what the provider asks for and what it costs itself.
type memoryPlatform struct {
	plane    *controlplane.ControlPlane
	platform *memory.Platform
	url      string
	// toClusters and toAPI count the requests so far to the two planes.
	toClusters, toAPI atomic.Int64
}

func (b *bench) newMemoryPlatform() *memoryPlatform {
	m := &memoryPlatform{platform: memory.NewPlatform()}
	m.platform.Around = func(answer func()) { m.toClusters.Add(1); answer() }
	m.plane = controlplane.New(controlplane.Options{Token: token, Platform: m.platform, RetryEvery: 5 * time.Millisecond})
	m.plane.AddProject(project)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		m.toAPI.Add(1)
		m.plane.ServeHTTP(w, r)
	}))
	m.url = server.URL
	b.onClose(func() error {
		server.Close()
		m.plane.Close()
		m.platform.Close()
		return nil
	})
	return m
}

func (m *memoryPlatform) environment() []string {
	return []string{"AIVEN_TOKEN=" + token, "AIVEN_PROJECT=" + project, "AIVEN_WEB_URL=" + m.url}
}

// service makes a service by hand and waits until it runs.
func (m *memoryPlatform) service(ctx context.Context, name string) (*memory.Cluster, error) {
	body, err := json.Marshal(map[string]any{"service_type": "opensearch", "service_name": name, "plan": "business-4", "cloud": "aws-us-east-1"})
	if err != nil {
		return nil, err
	}
	r := httptest.NewRequestWithContext(ctx, http.MethodPost, "/v1/project/"+project+"/service", bytes.NewReader(body))
	r.Header.Set("Authorization", "aivenv1 "+token)
	answer := httptest.NewRecorder()
	m.plane.ServeHTTP(answer, r)
	if answer.Code != http.StatusOK {
		return nil, fmt.Errorf("create service %s: %d %s", name, answer.Code, answer.Body)
	}
	ref := controlplane.ServiceRef{Project: project, Name: name}
	if err := m.plane.AwaitSettled(ctx, ref); err != nil {
		return nil, err
	}
	cluster, _ := m.platform.Cluster(ref)
	return cluster, nil
}

// requests are all requests so far, to both planes.
func (m *memoryPlatform) requests() float64 { return float64(m.toClusters.Load() + m.toAPI.Load()) }

// name is the name of an index of the fakes.
func name(i int) string { return fmt.Sprintf("logs-%06d", i) }

// memoryFollower is a follower service that one apply has made, with its state.
type memoryFollower struct {
	*memoryPlatform

	folder *folder
	// created is how long the apply took, and askedFor how many requests it made.
	created  time.Duration
	askedFor float64
}

const followerConfiguration = `
resource "opensearch_ccr_follower" "eu" {
  leader_service_name = "search-us"
  service_name        = "search-eu"
  cloud_name          = "aws-eu-west-1"
}
`

// follower is a follower of so many indices, which all are in sync.
func (b *bench) follower(ctx context.Context, indices int) (*memoryFollower, error) {
	if f := b.followers[indices]; f != nil {
		return f, nil
	}
	f := &memoryFollower{memoryPlatform: b.newMemoryPlatform()}
	leader, err := f.service(ctx, leaderOf)
	if err != nil {
		return nil, err
	}
	leader.Seed(indices, name)
	if f.folder, err = b.newFolder(ctx, followerConfiguration, f.environment()...); err != nil {
		return nil, err
	}
	before := f.requests()
	if f.created, _, err = f.folder.apply(ctx); err != nil {
		return nil, err
	}
	f.askedFor = f.requests() - before
	f.platform.SetStill(true)
	if _, err = f.folder.planEmpty(ctx); err != nil { // the first answers take the fake its time
		return nil, err
	}
	if b.followers == nil {
		b.followers = map[int]*memoryFollower{}
	}
	b.followers[indices] = f
	return f, nil
}

// memoryReplications are opensearch_ccr_replication resources of one cluster, made by an apply.
type memoryReplications struct {
	*memoryPair

	folder *folder
}

const alias = "lead"

// replicationsOf is the configuration of n replications on a cluster. names makes the name of an index.
func replicationsOf(names string, n int, alias, url, username, password string) string {
	return fmt.Sprintf(`
provider "opensearch" {
  clusters = { eu = { url = %q, username = %q, password = %q } }
}

resource "opensearch_ccr_replication" "each" {
  count = %d

  cluster        = "eu"
  follower_index = format(%q, count.index)
  leader_alias   = %q
  leader_index   = format(%q, count.index)
  on_destroy     = "delete_index"
}
`, url, username, password, n, names, alias, names)
}

// memoryPair is a leader and a follower in memory that is connected to it and has nothing yet.
type memoryPair struct {
	*memoryPlatform

	follower *memory.Cluster
}

// pairInMemory makes a pair whose leader has so many indices.
func (b *bench) pairInMemory(ctx context.Context, indices int) (*memoryPair, error) {
	p := &memoryPair{memoryPlatform: b.newMemoryPlatform()}
	leader, err := p.service(ctx, leaderOf)
	if err != nil {
		return nil, err
	}
	leader.Seed(indices, name)
	if p.follower, err = p.service(ctx, eu); err != nil {
		return nil, err
	}
	us, them := controlplane.ServiceRef{Project: project, Name: leaderOf}, controlplane.ServiceRef{Project: project, Name: eu}
	return p, p.platform.Connect(ctx, us, them, alias)
}

// manyInSync are [manyReplications] resources, which all are in sync.
func (b *bench) manyInSync(ctx context.Context) (*memoryReplications, error) {
	if b.replications != nil {
		return b.replications, nil
	}
	p, err := b.pairInMemory(ctx, manyReplications)
	if err != nil {
		return nil, err
	}
	r := &memoryReplications{memoryPair: p}
	at := r.follower.Endpoint()
	url := fmt.Sprintf("%s://%s:%d", at.Scheme, at.Host, at.Port)
	if r.folder, err = b.newFolder(ctx, replicationsOf("logs-%06d", manyReplications, alias, url, at.Username, at.Password)); err != nil {
		return nil, err
	}
	if _, _, err = r.folder.apply(ctx, "-parallelism=10"); err != nil {
		return nil, err
	}
	b.replications = r
	return r, nil
}
