// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package ccr

// ServiceTypeOpenSearch is Aiven's service_type of a service that can be paired.
const ServiceTypeOpenSearch = "opensearch"

// Service states of the Aiven API.
const (
	ServiceRunning     = "RUNNING"
	ServiceRebuilding  = "REBUILDING"
	ServiceRebalancing = "REBALANCING"
	ServicePowerOff    = "POWEROFF"
)

// Service is what the rules need to know of an Aiven service.
type Service struct {
	Project string
	Name    string
	Type    string
	State   string
	Plan    string
	Cloud   string
	// Version is the OpenSearch version, major.minor.
	Version   string
	NodeCount int
	// MemoryMB is the memory of one node in MiB, 0 where the API does not say.
	MemoryMB int
	// DiskMB is the disk space of the whole service in MiB, 0 where the API does
	// not say.
	DiskMB    int
	Protected bool
	// ForkOf is the service that this one was forked from, ReplicaOf the one that
	// it is a read replica of; both empty for others.
	ForkOf    string
	ReplicaOf string
	// Tiered is set where part of the data is in tiered storage.
	Tiered bool
	// Leaders are the services that this one follows, Followers those that
	// follow it, as project/name.
	Leaders   []string
	Followers []string
}

// Ref is the service's "project/name".
func (s Service) Ref() string { return s.Project + "/" + s.Name }
