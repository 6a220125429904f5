// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package controlplane

import (
	"encoding/json"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// Operation is a kind of request, named as in Aiven's OpenAPI description.
type Operation string

// The operations that the control plane knows.
const (
	ServiceCreate            Operation = "ServiceCreate"
	ServiceGet               Operation = "ServiceGet"
	ServiceList              Operation = "ServiceList"
	ServiceUpdate            Operation = "ServiceUpdate"
	ServiceDelete            Operation = "ServiceDelete"
	ServiceMaintenanceStart  Operation = "ServiceMaintenanceStart"
	ServiceIntegrationCreate Operation = "ServiceIntegrationCreate"
	ServiceIntegrationGet    Operation = "ServiceIntegrationGet"
	ServiceIntegrationList   Operation = "ServiceIntegrationList"
	ServiceIntegrationUpdate Operation = "ServiceIntegrationUpdate"
	ServiceIntegrationDelete Operation = "ServiceIntegrationDelete"
	ListProjectServiceTypes  Operation = "ListProjectServiceTypes"
	ProjectServicePlanList   Operation = "ProjectServicePlanList"
	ServiceTagsList          Operation = "ProjectServiceTagsList"
	ServiceTagsReplace       Operation = "ProjectServiceTagsReplace"
	ServiceTagsUpdate        Operation = "ProjectServiceTagsUpdate"
	VPCGet                   Operation = "VpcGet"
	ProjectGet               Operation = "ProjectGet"
)

// call is one request, as an operation sees it.
type call struct {
	operation Operation
	project   *project
	service   string // of the path
	id        string // integration or VPC of the path
	kind      string // service type of the path
	secrets   bool
	body      []byte
}

func (c *call) ref() ServiceRef { return ServiceRef{c.project.name, c.service} }

// decode reads the body; one that is empty or no JSON object is refused.
func (c *call) decode(into any) *apiError {
	if err := json.Unmarshal(c.body, into); err != nil {
		return &apiError{status: http.StatusBadRequest, message: "Invalid JSON in request body: " + err.Error()}
	}
	return nil
}

// apiError is an answer that reports a failure.
type apiError struct {
	status     int
	message    string
	raw        string        // sent instead of a JSON body
	retryAfter time.Duration // header where not zero
}

func (e *apiError) Error() string { return e.message }

type operation func(*call) (object, *apiError)

func (c *ControlPlane) routes() {
	const (
		root    = "/v1/project/{project}"
		service = root + "/service/{service}"
		link    = root + "/integration/{id}"
	)
	for _, route := range []struct {
		pattern string
		name    Operation
		do      operation
	}{
		{"GET " + root + "/service", ServiceList, c.listServices},
		{"POST " + root + "/service", ServiceCreate, c.createService},
		{"GET " + service, ServiceGet, c.getService},
		{"PUT " + service, ServiceUpdate, c.updateService},
		{"DELETE " + service, ServiceDelete, c.deleteService},
		{"PUT " + service + "/maintenance/start", ServiceMaintenanceStart, c.startMaintenance},
		{"GET " + service + "/tags", ServiceTagsList, c.listTags},
		{"PUT " + service + "/tags", ServiceTagsReplace, c.replaceTags},
		{"PATCH " + service + "/tags", ServiceTagsUpdate, c.updateTags},
		{"GET " + service + "/integration", ServiceIntegrationList, c.listLinks},
		{"POST " + root + "/integration", ServiceIntegrationCreate, c.createLink},
		{"GET " + link, ServiceIntegrationGet, c.getLink},
		{"PUT " + link, ServiceIntegrationUpdate, c.updateLink},
		{"DELETE " + link, ServiceIntegrationDelete, c.deleteLink},
		{"GET " + root, ProjectGet, c.getProject},
		{"GET " + root + "/vpcs/{id}", VPCGet, c.getVPC},
		{"GET " + root + "/service_types", ListProjectServiceTypes, c.listTypes},
		{"GET " + root + "/service-types/{kind}/plans", ProjectServicePlanList, c.listPlans},
	} {
		c.mux.HandleFunc(route.pattern, func(w http.ResponseWriter, r *http.Request) { c.serve(w, r, route.name, route.do) })
	}
	c.mux.HandleFunc("GET /v1/organization/{organization}/vpc/{id}", c.getOrganizationVPC)
	c.mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) {
		writeError(w, &apiError{status: http.StatusNotFound, message: "Not found"})
	})
}

// serve carries out one request with the faults that are switched on for it.
func (c *ControlPlane) serve(w http.ResponseWriter, r *http.Request, name Operation, do operation) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		writeError(w, &apiError{status: http.StatusBadRequest, message: "Could not read the request body: " + err.Error()})
		return
	}
	answer, refused, f := c.perform(r, body, name, do)
	if !c.heldBack(r, f) {
		panic(http.ErrAbortHandler) // the client has gone, or all ends
	}
	switch {
	case f != nil && f.kind == answerLost:
		// The work is done; the connection ends without an answer.
		panic(http.ErrAbortHandler)
	case refused != nil:
		writeError(w, refused)
	default:
		if f != nil && f.kind == answerWithErrors {
			answer["errors"] = []object{{"message": f.failure.Message, "status": f.failure.Status}}
		}
		writeJSON(w, http.StatusOK, answer)
	}
}

// perform does an operation under the lock; the fault that it returns is to be
// applied to the answer.
func (c *ControlPlane) perform(r *http.Request, body []byte, name Operation, do operation) (answer object, refused *apiError, f *fault) {
	c.mu.Lock()
	defer c.mu.Unlock()
	project := r.PathValue("project")
	request := Request{Method: r.Method, Path: r.URL.Path, Operation: name}
	defer func() {
		request.Status = http.StatusOK
		if refused != nil {
			request.Status = refused.status
		}
		if f != nil && (f.kind == answerLost || f.kind == answerHeld) {
			request.Status = 0
		}
		c.requests[project] = append(c.requests[project], request)
	}()
	if refused = c.authorize(r, project); refused != nil {
		return nil, refused, nil
	}
	call := &call{
		operation: name, project: c.projects[project], body: body,
		service: r.PathValue("service"), id: r.PathValue("id"), kind: r.PathValue("kind"),
		secrets: r.URL.Query().Get("include_secrets") == "true",
	}
	names := c.servicesOf(call)
	if f = c.takeFault(project, name, names, failing); f != nil {
		return nil, f.failure.asError(), nil
	}
	answer, refused = do(call)
	if refused == nil {
		f = c.takeFault(project, name, names, answering)
	}
	return answer, refused, f
}

// knowsToken reports whether a request carries the token. Aiven takes both schemes.
func (c *ControlPlane) knowsToken(r *http.Request) bool {
	scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	known := strings.EqualFold(scheme, "aivenv1") || strings.EqualFold(scheme, "Bearer")
	return known && token == c.options.Token && token != ""
}

// authorize checks token and project.
func (c *ControlPlane) authorize(r *http.Request, name string) *apiError {
	if c.ctx.Err() != nil {
		return &apiError{status: http.StatusServiceUnavailable, message: "The sandbox is shutting down"}
	}
	if !c.knowsToken(r) {
		return refuse(c.options.Texts.BadToken)
	}
	p := c.projects[name]
	switch {
	case p == nil, p.unknown:
		return refuse(c.options.Texts.UnknownProject, "project", name)
	case p.forbidden:
		return refuse(c.options.Texts.ForbiddenProject, "project", name)
	case p.readsFail != 0 && r.Method == http.MethodGet:
		return c.readFailure(p)
	}
	return nil
}

func (c *ControlPlane) readFailure(p *project) *apiError {
	switch p.readsFail {
	case http.StatusUnauthorized:
		return refuse(c.options.Texts.BadToken)
	case http.StatusForbidden:
		return refuse(c.options.Texts.ForbiddenProject, "project", p.name)
	}
	return &apiError{status: p.readsFail, message: http.StatusText(p.readsFail)}
}

// heldBack waits with an answer as long as the faults and the delays say; false
// where there is nobody to answer any more.
func (c *ControlPlane) heldBack(r *http.Request, f *fault) bool {
	c.mu.Lock()
	var delay time.Duration
	if p := c.projects[r.PathValue("project")]; p != nil {
		delay = p.delays.Answer
	}
	c.mu.Unlock()
	if sleep(r.Context(), delay) != nil {
		return false
	}
	if f == nil || f.hold == nil {
		return true
	}
	return f.hold.wait(r.Context(), c.ctx)
}

func writeError(w http.ResponseWriter, e *apiError) {
	if e.retryAfter > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(int(e.retryAfter.Seconds())))
	}
	if e.raw != "" {
		w.Header().Set("Content-Type", "text/html")
		w.WriteHeader(e.status)
		_, _ = io.WriteString(w, e.raw) // what the test set up; a client that left needs no answer
		return
	}
	writeJSON(w, e.status, object{
		"message": e.message,
		"errors":  []object{{"message": e.message, "status": e.status}},
	})
}

func writeJSON(w http.ResponseWriter, status int, answer object) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(answer) //nolint:errchkjson // plain values: fails only where the client left
}
