// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package controlplane

import (
	"net/http"
	"reflect"
	"strings"
)

// Refusal is an answer that says no. Its text may name {project}, {service},
// {leader}, {follower}, {plan}, {leader_plan}, {version}, {leader_version} and
// {cloud}.
type Refusal struct {
	Status int
	Text   string
}

// Texts are the refusals. Those marked "as Aiven" are documented or were seen
// in public; the others are the sandbox's guess in Aiven's manner.
type Texts struct {
	BadToken         Refusal // status as Aiven
	UnknownProject   Refusal // unlike that of a service
	ForbiddenProject Refusal
	HiddenSecrets    Refusal // status as Aiven
	NoService        Refusal // as Aiven
	NoIntegration    Refusal
	Exists           Refusal // status as Aiven
	Paired           Refusal
	Protected        Refusal // as Aiven
	CCRDisabled      Refusal // status as Aiven
	PlansForbidden   Refusal // status as Aiven
	BadName          Refusal
	BadType          Refusal
	BadPlan          Refusal
	BadCloud         Refusal
	BadVersion       Refusal
	NotStartable     Refusal // the sandbox's own: Aiven starts every version
	Downgrade        Refusal
	BadDisk          Refusal
	Tier             Refusal
	DifferentPlan    Refusal
	SmallerPlan      Refusal
	NoCCR            Refusal
	DifferentVersion Refusal
	NotOpenSearch    Refusal
	NotRunning       Refusal
	Fork             Refusal
	ReadReplica      Refusal
	Tiered           Refusal
	Chain            Refusal
	Self             Refusal
	LeaderDelete     Refusal
	LeaderPowerOff   Refusal
}

var defaultTexts = Texts{
	BadToken:         Refusal{http.StatusUnauthorized, "Invalid token"},
	UnknownProject:   Refusal{http.StatusNotFound, "Project {project} does not exist"},
	ForbiddenProject: Refusal{http.StatusForbidden, "Not a project member"},
	HiddenSecrets:    Refusal{http.StatusForbidden, "Missing permission service:secrets:read"},
	NoService:        Refusal{http.StatusNotFound, "Service {service} does not exist"},
	NoIntegration:    Refusal{http.StatusNotFound, "Service integration not found"},
	Exists:           Refusal{http.StatusConflict, "Service {service} already exists"},
	Paired:           Refusal{http.StatusConflict, "Service integration between {leader} and {follower} already exists"},
	Protected:        Refusal{http.StatusForbidden, "Service is protected against termination and shutdown. Remove termination protection first."},
	CCRDisabled:      Refusal{http.StatusForbidden, "Cross-cluster replication is not enabled for project {project}"},
	PlansForbidden:   Refusal{http.StatusForbidden, "Forbidden"},
	BadName:          Refusal{http.StatusBadRequest, "Invalid service_name '{service}': must start with a lower-case letter and contain only lower-case letters, digits and dashes, at most 64 characters"},
	BadType:          Refusal{http.StatusBadRequest, "Unknown service type for service {service}"},
	BadPlan:          Refusal{http.StatusBadRequest, "Plan {plan} is not available in cloud {cloud}"},
	BadCloud:         Refusal{http.StatusBadRequest, "Cloud {cloud} does not exist"},
	BadVersion:       Refusal{http.StatusBadRequest, "Invalid 'user_config': opensearch_version {version} is not available"},
	NotStartable:     Refusal{http.StatusBadRequest, "This sandbox has no node of OpenSearch {version}"},
	Downgrade:        Refusal{http.StatusBadRequest, "Cannot downgrade OpenSearch to version {version}"},
	BadDisk:          Refusal{http.StatusBadRequest, "Invalid disk_space_mb for plan {plan}"},
	Tier:             Refusal{http.StatusBadRequest, "Cross-cluster replication is not supported on plan {plan} of service {service}"},
	DifferentPlan:    Refusal{http.StatusBadRequest, "Follower service {follower} must have the plan of leader service {leader}: {leader_plan}, not {plan}"},
	SmallerPlan:      Refusal{http.StatusBadRequest, "Plan {plan} of follower service {follower} is smaller than plan {leader_plan} of leader service {leader}"},
	NoCCR:            Refusal{http.StatusBadRequest, "OpenSearch version {version} of service {service} does not support cross-cluster replication"},
	DifferentVersion: Refusal{http.StatusBadRequest, "Follower service {follower} must have the OpenSearch version of leader service {leader}: {leader_version}, not {version}"},
	NotOpenSearch:    Refusal{http.StatusBadRequest, "Service {service} is not an OpenSearch service"},
	NotRunning:       Refusal{http.StatusBadRequest, "Service {service} is powered off"},
	Fork:             Refusal{http.StatusBadRequest, "Service {service} is a fork, which cross-cluster replication does not support"},
	ReadReplica:      Refusal{http.StatusBadRequest, "Service {service} is a read replica, which cross-cluster replication does not support"},
	Tiered:           Refusal{http.StatusBadRequest, "Service {service} has tiered storage, which cross-cluster replication does not support"},
	Chain:            Refusal{http.StatusBadRequest, "Service {service} cannot be both leader and follower"},
	Self:             Refusal{http.StatusBadRequest, "Service {service} cannot follow itself"},
	LeaderDelete:     Refusal{http.StatusConflict, "Service {leader} cannot be deleted while other services replicate from it: {follower}"},
	LeaderPowerOff:   Refusal{http.StatusConflict, "Service {leader} cannot be powered off while other services replicate from it: {follower}"},
}

func (t Texts) withDefaults() Texts {
	own, defaults := reflect.ValueOf(&t).Elem(), reflect.ValueOf(defaultTexts)
	for i := range own.NumField() {
		if own.Field(i).IsZero() {
			own.Field(i).Set(defaults.Field(i))
		}
	}
	return t
}

// refuse makes the error of a refusal. values are pairs of a name and what
// stands for it: "plan", "business-4".
func refuse(r Refusal, values ...string) *apiError {
	pairs := make([]string, len(values))
	for i, v := range values {
		if i%2 == 0 {
			v = "{" + v + "}"
		}
		pairs[i] = v
	}
	return &apiError{status: r.Status, message: strings.NewReplacer(pairs...).Replace(r.Text)}
}
