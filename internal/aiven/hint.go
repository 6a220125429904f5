// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package aiven

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
)

// hint says what to do about an error, where its text does not say it.
func (x *exchange) hint(e *Error) string {
	cut, isCut := errors.AsType[*cutOffError](e.Cause)
	switch {
	case isCut && !cut.silent:
		return "" // the user or a time limit ended it
	case errors.Is(e.Cause, errUndocumented), errors.Is(e.Cause, errTooLarge):
		return "Check that the provider's aiven.api_url (or AIVEN_WEB_URL) is the address of the Aiven API; if it is, report this to the maintainers of the provider"
	case e.Status == 0:
		return "Check that the API's address (the provider's aiven.api_url or AIVEN_WEB_URL) can be reached from here"
	case e.Status >= 300 && e.Status < 400, e.notAPI && (e.Status < 300 || e.Status == http.StatusNotFound):
		return "Check that the provider's aiven.api_url (or AIVEN_WEB_URL) is the address of the Aiven API"
	}
	switch e.Status {
	case http.StatusUnauthorized:
		return fmt.Sprintf("Check the token (the provider's aiven.token or AIVEN_TOKEN), and that it may use project %s", x.project)
	case http.StatusForbidden:
		return x.forbiddenHint(e)
	case http.StatusNotFound:
		return x.notFoundHint()
	case http.StatusConflict:
		return x.conflictHint()
	case http.StatusTooManyRequests:
		return "Aiven limits the requests of a user: wait and apply again, or lower the number of requests at a time with -parallelism"
	case http.StatusServiceUnavailable:
		if saysPoweredOff(e.Message) {
			return "Power the service on and apply again"
		}
		return "If the service is powered off, power it on; otherwise Aiven's API is unavailable at the moment: apply again later"
	}
	if e.Status >= http.StatusInternalServerError {
		return "Aiven's API failed: apply again later, and ask Aiven's support if this continues"
	}
	return ""
}

func (x *exchange) forbiddenHint(e *Error) string {
	said := strings.ToLower(e.Message)
	const enable = "is of limited availability: ask Aiven's support to enable it for project %s"
	switch {
	case strings.Contains(said, "terminat") && strings.Contains(said, "protect"):
		return "Set termination_protection = false, apply, and then destroy or power off"
	case strings.Contains(said, "cross-cluster"), strings.Contains(said, "cross cluster"), strings.Contains(said, "limited availability"):
		return fmt.Sprintf("Cross-cluster replication "+enable, x.project)
	case x.pairs:
		return fmt.Sprintf("The token's user needs the right to create services and integrations in project %s; besides, cross-cluster replication "+enable, x.project, x.project)
	}
	return fmt.Sprintf("The token's user does not have the right to do this in project %s", x.project)
}

func (x *exchange) notFoundHint() string {
	if x.pairs {
		return "Check the names of the leader, of the follower and of their projects: both must exist"
	}
	return "Check the name and the project"
}

func (x *exchange) conflictHint() string {
	switch {
	case x.method != http.MethodPost:
		return "Something depends on it or another change is under way: wait for that or remove it first, then apply again"
	case strings.HasSuffix(x.path, "/service"):
		name := strings.TrimPrefix(x.object, "service ")
		return fmt.Sprintf("The service was there before and is not touched. Bring it under Terraform with `terraform import ADDRESS %s`, or choose another service_name", name)
	}
	return "The integration was there before and is not touched. Bring it under Terraform with `terraform import`"
}
