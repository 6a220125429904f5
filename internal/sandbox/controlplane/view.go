// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package controlplane

import (
	"fmt"
	"maps"
	"net"
	"net/url"
	"strconv"
	"time"
)

// serviceView is a service as the API shows it. Secrets are shown only to who
// asks for them.
func (c *ControlPlane) serviceView(s *service, secrets bool) object {
	p, _ := c.plan(s.plan)
	out := object{
		"service_name": s.ref.Name, "service_type": s.kind, "service_type_description": serviceTypes[s.kind],
		"plan": s.plan, "cloud_name": s.cloud, "cloud_description": "Sandbox " + s.cloud,
		"state": s.state(), "create_time": stamp(s.created), "update_time": stamp(s.updated),
		"node_count": p.Nodes, "node_cpu_count": p.CPU, "node_memory_mb": p.MemoryMB, "disk_space_mb": s.diskMB,
		"node_states": nodeStates(s, p.Nodes), "group_list": []string{"default"},
		// null where there is none, as Aiven answers, though its OpenAPI
		// description says that it is always a string of 36 characters.
		"project_vpc_id":         s.vpc,
		"termination_protection": s.protected,
		"maintenance":            object{"dow": s.window.DOW, "time": s.window.Time, "enabled": s.window.DOW != "never", "updates": []object{}},
		"tags":                   tagsView(s), "user_config": c.configView(s),
		"service_integrations": c.linkViews(s.ref), "backups": c.backups(s),
		"metadata": object{}, "features": object{}, "service_notifications": []object{}, "tech_emails": []object{},
		"service_uri": "", "service_uri_params": object{}, "connection_info": object{}, "components": []object{},
	}
	if s.endpoint.Host != "" {
		addEndpoint(out, s.endpoint, s.route, secrets)
	}
	return out
}

// configView is user_config as the API shows it.
func (c *ControlPlane) configView(s *service) map[string]any {
	config := maps.Clone(s.userConfig)
	if show := c.projects[s.ref.Project].showConfig; show != nil {
		return show(config)
	}
	return config
}

func stamp(t time.Time) string { return t.Format("2006-01-02T15:04:05.000000Z") }

// addEndpoint shows where the service answers. Its password, also within a
// URI, is a secret. A service that answers on one route only shows another address
// on the one that all have.
func addEndpoint(out object, e Endpoint, route string, secrets bool) {
	var components []object
	if route != "" {
		components = append(components, component(e, route))
		e.Port = closedPort
	}
	address := url.URL{Scheme: e.Scheme, Host: net.JoinHostPort(e.Host, strconv.Itoa(e.Port))}
	params := object{"host": e.Host, "port": strconv.Itoa(e.Port), "user": e.Username}
	info := object{"opensearch_username": e.Username}
	if secrets {
		address.User = url.UserPassword(e.Username, e.Password)
		params["password"] = e.Password
		info["opensearch_password"] = e.Password
		out["users"] = []object{{"username": e.Username, "password": e.Password, "type": "primary"}}
	}
	// Aiven's client library knows the list under the first name, its
	// description of the API under the second.
	info["opensearch"] = []string{address.String()}
	info["opensearch_uri"] = []string{address.String()}
	out["service_uri"], out["service_uri_params"], out["connection_info"] = address.String(), params, info
	out["components"] = append(components, component(e, "dynamic"))
}

// closedPort is one on which nothing listens (tcpmux).
const closedPort = 1

func component(e Endpoint, route string) object {
	return object{"component": typeOpenSearch, "host": e.Host, "port": e.Port, "route": route, "usage": "primary", "ssl": e.Scheme == "https"}
}

func nodeStates(s *service, nodes int) []object {
	state := "running"
	switch s.state() {
	case statePowerOff:
		return []object{}
	case stateRebuilding:
		state = "setting_up_vm"
	case stateRebalancing:
		state = "syncing_data"
	}
	out := make([]object, nodes)
	for i := range out {
		out[i] = object{"name": fmt.Sprintf("%s-%d", s.ref.Name, i+1), "state": state, "availability_zone": s.cloud + "a"}
	}
	return out
}

// backups: a follower has none, so nobody may wait for one.
func (c *ControlPlane) backups(s *service) []object {
	for _, l := range c.linksOf(s.ref) {
		if l.follower == s.ref {
			return []object{}
		}
	}
	if s.started == "" {
		return []object{}
	}
	return []object{{"backup_name": "backup-" + s.ref.Name, "backup_time": stamp(s.created), "data_size": 0}}
}

func tagsView(s *service) map[string]string {
	tags := map[string]string{}
	maps.Copy(tags, s.tags)
	return tags
}

func (c *ControlPlane) linkAnswer(l *link) object {
	return object{"service_integration": c.linkView(l)}
}

func (c *ControlPlane) linkViews(ref ServiceRef) []object {
	out := []object{}
	for _, l := range c.linksOf(ref) {
		out = append(out, c.linkView(l))
	}
	if s := c.projects[ref.Project].services[ref.Name]; s != nil && s.replicaOf != "" {
		out = append(out, readReplicaView(s))
	}
	return out
}

// readReplicaView is the integration that makes a service a read replica.
func readReplicaView(s *service) object {
	return object{
		"service_integration_id": s.replicaID, "integration_type": typeReadReplica,
		"source_project": s.ref.Project, "source_service": s.replicaOf, "source_service_type": s.kind,
		"dest_project": s.ref.Project, "dest_service": s.ref.Name, "dest_service_type": s.kind,
		"description": "Read replica of another service", "user_config": object{}, "enabled": true, "active": true,
		"integration_status": object{"state": object{"status": "running", "errors": []string{}, "nodes": object{}}, "status_user_desc": "Integration is running"},
	}
}

func (c *ControlPlane) linkView(l *link) object {
	status, errors := c.status(l)
	return object{
		"service_integration_id": l.id, "integration_type": typeReplication,
		"source_project": l.leader.Project, "source_service": l.leader.Name, "source_service_type": typeOpenSearch,
		"dest_project": l.follower.Project, "dest_service": l.follower.Name, "dest_service_type": typeOpenSearch,
		"description": "Replicate indices from another OpenSearch service", "user_config": maps.Clone(l.userConfig),
		"enabled": true, "active": status == "running",
		"integration_status": object{
			"state":            object{"status": status, "errors": errors, "nodes": object{}},
			"status_user_desc": "Integration is " + status,
		},
	}
}
