// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package aiven

import (
	"cmp"
	"encoding/json"
	"net"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/aiven/go-client-codegen/handler/service"
)

// ServiceRef names a service.
type ServiceRef struct {
	Project string
	Name    string
}

// String is the reference as "project/name".
func (r ServiceRef) String() string { return r.Project + "/" + r.Name }

func (r ServiceRef) object() string { return "service " + r.String() }

// Window is when maintenance is done.
type Window struct {
	// Day is a day of the week in small letters, or "never".
	Day string
	// Time is in UTC, as "15:04:05".
	Time string
}

// Service is a service as the API shows it.
type Service struct {
	ServiceRef

	Type string
	// State is POWEROFF, REBALANCING, REBUILDING or RUNNING.
	State string
	Plan  string
	Cloud string
	// Version is the OpenSearch version, major.minor.
	Version   string
	NodeCount int
	// NodesRunning is how many of its nodes are up.
	NodesRunning int
	// MemoryMB is the memory of one node in MiB, 0 where the API does not say.
	MemoryMB int
	// DiskMB is the disk space of the whole service in MiB, all nodes together; 0
	// where the API does not say.
	DiskMB int
	// ForkOf is the service that this one was forked from, as its user_config says;
	// ReplicaOf the one that an integration makes this one a read replica of. Both
	// are PROJECT/NAME, empty for none.
	ForkOf    string
	ReplicaOf string
	// Tiered is set where user_config switches tiered storage on, or a backup has
	// data in it.
	Tiered bool

	TerminationProtection bool
	// VPCID is empty outside a VPC.
	VPCID       string
	Maintenance Window
	Tags        map[string]string
	UserConfig  map[string]any
	// Integrations are those of cross-cluster replication, in both directions.
	Integrations []Integration
	// Created is the API's create_time; zero where an answer does not give it.
	Created time.Time

	// URI is the service's address on Route without credentials, Host and Port
	// its parts; empty and 0 until the service has one.
	URI  string
	Host string
	Port int
	// Route is the route that is wanted, Routes those that the service has
	// addresses on, in order.
	Route  string
	Routes []string
	// Connection is complete only in an answer of [Client.Service].
	Connection Connection
	// SecretsHidden is what the API said instead of showing the secrets of the
	// service to this token, in an answer of [Client.Service]; empty otherwise.
	SecretsHidden string
	// Warnings is what the API complained of while it did what was asked.
	Warnings []string
}

// Identity tells a service from a later one of the same name, by its creation
// time: "acme/search-eu created 2026-11-24T07:59:30.123456Z". It stays the same
// for the life of the service and can be stored and compared as a text. It is
// empty where the creation time is not known, which proves nothing.
func (s Service) Identity() string {
	if s.Created.IsZero() {
		return ""
	}
	return s.String() + " created " + s.Created.UTC().Format(time.RFC3339Nano)
}

// openSearch is the component of a service that answers the data plane's requests;
// others are OpenSearch Dashboards and Prometheus.
const openSearch = "opensearch"

// newService takes from the API's view what is of use here.
func newService(project, route string, s *service.ServiceOut) Service {
	out := Service{
		ServiceRef: ServiceRef{Project: project, Name: s.ServiceName},
		Type:       s.ServiceType, State: string(s.State), Plan: s.Plan, Cloud: s.CloudName, Version: version(s),
		NodeCount: value(s.NodeCount), MemoryMB: int(value(s.NodeMemoryMb)), DiskMB: value(s.DiskSpaceMb),
		TerminationProtection: s.TerminationProtection, VPCID: s.ProjectVpcId,
		Tags: s.Tags, UserConfig: s.UserConfig, Created: s.CreateTime,
	}
	if s.Maintenance != nil {
		out.Maintenance = Window{Day: string(s.Maintenance.Dow), Time: s.Maintenance.Time}
	}
	for _, node := range s.NodeStates {
		if node.State == service.NodeStateTypeRunning {
			out.NodesRunning++
		}
	}
	for i := range s.ServiceIntegrations {
		link := newIntegration(&s.ServiceIntegrations[i])
		switch s.ServiceIntegrations[i].IntegrationType {
		case replicationType:
			out.Integrations = append(out.Integrations, link)
		case service.IntegrationTypeReadReplica:
			if link.Follower == out.ServiceRef {
				out.ReplicaOf = link.Leader.String()
			}
		}
	}
	if origin := asText(s.UserConfig["service_to_fork_from"]); origin != "" {
		out.ForkOf = ServiceRef{cmp.Or(asText(s.UserConfig["project_to_fork_from"]), project), origin}.String()
	}
	out.Tiered = tiered(s)
	out.Route = route
	out.address(s)
	return out
}

// tiered reports whether the API says that the service uses tiered storage.
func tiered(s *service.ServiceOut) bool {
	config, _ := s.UserConfig["tiered_storage"].(map[string]any)
	if on, _ := config["enabled"].(bool); on {
		return true
	}
	return slices.ContainsFunc(s.Backups, func(b service.BackupOut) bool { return value(b.TieredStorageDataSize) > 0 })
}

// OtherRoutes are the routes that the service has addresses on, but for the one
// that is wanted.
func (s Service) OtherRoutes() []string {
	return slices.DeleteFunc(slices.Clone(s.Routes), func(route string) bool { return route == s.Route })
}

// redacted stands in answers of the API for a secret that is not shown.
const redacted = "<redacted>"

// address fills in where the service answers and with which credentials: from
// its URI, and from its parts where that has them not.
func (s *Service) address(from *service.ServiceOut) {
	u, err := url.Parse(strings.Replace(from.ServiceUri, ":"+redacted+"@", "@", 1))
	if err != nil || u.Host == "" {
		u = &url.URL{Scheme: "https"}
		if host := asText(from.ServiceUriParams["host"]); host != "" {
			u.Host = net.JoinHostPort(host, cmp.Or(asText(from.ServiceUriParams["port"]), "443"))
		}
	}
	password, _ := u.User.Password()
	s.Connection.Username = cmp.Or(u.User.Username(), asText(from.ServiceUriParams["user"]), asText(from.ConnectionInfo["opensearch_username"]))
	s.Connection.Password = cmp.Or(shown(password), shown(asText(from.ServiceUriParams["password"])), shown(asText(from.ConnectionInfo["opensearch_password"])))
	for _, c := range from.Components {
		if c.Component != openSearch || slices.Contains(s.Routes, string(c.Route)) {
			continue
		}
		s.Routes = append(s.Routes, string(c.Route))
		if string(c.Route) == s.Route && s.Route != RouteDynamic {
			u = &url.URL{Scheme: "https", Host: net.JoinHostPort(c.Host, strconv.Itoa(c.Port))}
			if c.Ssl != nil && !*c.Ssl {
				u.Scheme = "http"
			}
		}
	}
	slices.Sort(s.Routes)
	if u.Host == "" || s.Route != RouteDynamic && !slices.Contains(s.Routes, s.Route) {
		return
	}
	s.Host = u.Hostname()
	s.Port = 443
	if port, err := strconv.Atoi(u.Port()); err == nil {
		s.Port = port
	}
	s.URI = (&url.URL{Scheme: u.Scheme, Host: u.Host}).String()
	s.Connection.URL = s.URI
}

// shown is a secret, empty where it is redacted.
func shown(secret string) string {
	if secret == redacted {
		return ""
	}
	return secret
}

// version is what the service is configured to run, or, where that is only a
// major version or nothing, what it does run.
func version(s *service.ServiceOut) string {
	configured := asText(s.UserConfig["opensearch_version"])
	if !strings.Contains(configured, ".") {
		configured = cmp.Or(asText(s.Metadata["opensearch_version"]), configured)
	}
	parts := strings.SplitN(configured, ".", 3)
	return strings.Join(parts[:min(2, len(parts))], ".")
}

// fromGet is the same service in the type that the library has for a single
// one, which differs in two fields only.
func fromGet(g *service.ServiceGetOut) *service.ServiceOut {
	out := &service.ServiceOut{
		ServiceName: g.ServiceName, ServiceType: g.ServiceType, State: g.State, Plan: g.Plan, CloudName: g.CloudName,
		NodeCount: g.NodeCount, NodeMemoryMb: g.NodeMemoryMb, DiskSpaceMb: g.DiskSpaceMb,
		TerminationProtection: g.TerminationProtection, ProjectVpcId: g.ProjectVpcId, Maintenance: g.Maintenance,
		Tags: g.Tags, UserConfig: g.UserConfig, Metadata: g.Metadata, CreateTime: g.CreateTime,
		NodeStates: g.NodeStates, Backups: g.Backups, ServiceIntegrations: g.ServiceIntegrations, ServiceUri: g.ServiceUri, Components: g.Components,
		ServiceUriParams: map[string]any{}, ConnectionInfo: map[string]any{},
	}
	for k, v := range g.ServiceUriParams {
		out.ServiceUriParams[k] = v
	}
	if g.ConnectionInfo != nil {
		out.ConnectionInfo["opensearch_username"] = value(g.ConnectionInfo.OpensearchUsername)
		out.ConnectionInfo["opensearch_password"] = value(g.ConnectionInfo.OpensearchPassword)
	}
	return out
}

func value[T any](p *T) T {
	if p == nil {
		var zero T
		return zero
	}
	return *p
}

// asText is a string, or a number as one; the API is not strict about it.
func asText(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	case json.Number:
		return v.String()
	}
	return ""
}
