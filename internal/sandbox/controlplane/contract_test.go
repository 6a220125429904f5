// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package controlplane_test

import (
	"bytes"
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/legacy"
)

// invalidOnPurpose marks a request that the description rightly refuses; its
// answer is validated all the same.
const invalidOnPurpose = "X-Test-Invalid-Request"

// loadContract reads Aiven's description of its API.
var loadContract = sync.OnceValues(func() (*openapi3.T, error) {
	doc, err := openapi3.NewLoader().LoadFromFile("testdata/openapi.json")
	if err != nil {
		return nil, err
	}
	doc.Servers = openapi3.Servers{{URL: "/v1"}}
	// A service outside a VPC has the id null, in the answers of the API and in
	// the requests of Aiven's own client; the description has no nulls at all.
	for _, schema := range doc.Components.Schemas {
		allowNullVPC(schema.Value)
		if list := schema.Value.Properties["services"]; list != nil {
			allowNullVPC(list.Value.Items.Value)
		}
	}
	return doc, doc.Validate(openapi3.NewLoader().Context)
})

func allowNullVPC(schema *openapi3.Schema) {
	if service := schema.Properties["service"]; service != nil {
		schema = service.Value
	}
	if id := schema.Properties["project_vpc_id"]; id != nil {
		id.Value.Nullable = true
	}
}

// contract is a handler that holds every request and every answer that passes
// through it against Aiven's description, and fails the test otherwise.
type contract struct {
	t       reporter
	next    http.Handler
	router  routers.Router
	failure *openapi3.Schema // what errors and message must look like

	mu        sync.Mutex
	validated int
}

// reporter is what of a test the contract needs.
type reporter interface {
	Errorf(format string, args ...any)
	Logf(format string, args ...any)
}

func holdToContract(t *testing.T, next http.Handler) *contract {
	t.Helper()
	doc, err := loadContract()
	if err != nil {
		t.Fatal(err)
	}
	router, err := legacy.NewRouter(doc)
	if err != nil {
		t.Fatal(err)
	}
	failure := *doc.Components.Schemas["ServiceDeleteResponse"].Value
	failure.Required = []string{"errors", "message"}
	return &contract{t: t, next: next, router: router, failure: &failure}
}

func (c *contract) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if strings.HasSuffix(r.URL.Path, "/tags") || strings.Contains(r.URL.Path, "/vpcs/") {
		// The part of the description that the project has leaves this route out.
		c.next.ServeHTTP(w, r)
		return
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		c.t.Errorf("%s %s: reading the request: %v", r.Method, r.URL.Path, err)
		return
	}
	input := c.request(r, body)
	r.Body = io.NopCloser(bytes.NewReader(body))
	recorder := httptest.NewRecorder()
	c.next.ServeHTTP(recorder, r)
	c.answer(r, input, recorder)
	maps.Copy(w.Header(), recorder.Header())
	w.WriteHeader(recorder.Code)
	if _, err := w.Write(recorder.Body.Bytes()); err != nil {
		c.t.Logf("%s %s: the client left: %v", r.Method, r.URL.Path, err)
	}
}

func (c *contract) request(r *http.Request, body []byte) *openapi3filter.RequestValidationInput {
	route, params, err := c.router.FindRoute(r)
	if err != nil {
		c.t.Errorf("%s %s: not in the contract: %v", r.Method, r.URL.Path, err)
		return nil
	}
	checked := r.Clone(r.Context())
	checked.Body = io.NopCloser(bytes.NewReader(body))
	checked.ContentLength = int64(len(body))
	input := &openapi3filter.RequestValidationInput{
		Request: checked, PathParams: params, Route: route,
		Options: &openapi3filter.Options{AuthenticationFunc: openapi3filter.NoopAuthenticationFunc},
	}
	if r.Header.Get(invalidOnPurpose) == "" {
		if err := openapi3filter.ValidateRequest(r.Context(), input); err != nil {
			c.t.Errorf("request breaks the contract: %v", err)
		}
	}
	return input
}

func (c *contract) answer(r *http.Request, input *openapi3filter.RequestValidationInput, got *httptest.ResponseRecorder) {
	if input == nil {
		return
	}
	c.mu.Lock()
	c.validated++
	c.mu.Unlock()
	body := got.Body.Bytes()
	if got.Code != http.StatusOK {
		c.errorAnswer(r, got.Code, got.Header(), body)
		return
	}
	err := openapi3filter.ValidateResponse(r.Context(), &openapi3filter.ResponseValidationInput{
		RequestValidationInput: input, Status: got.Code, Header: got.Header(),
		Body: io.NopCloser(bytes.NewReader(body)),
	})
	if err != nil {
		c.t.Errorf("%s %s: answer breaks the contract: %v", r.Method, r.URL.Path, err)
	}
}

// errorAnswer: the description has no answers but 200, yet every one of them
// may carry errors and message, which is also the form of Aiven's failures.
func (c *contract) errorAnswer(r *http.Request, status int, header http.Header, body []byte) {
	if strings.HasPrefix(header.Get("Content-Type"), "text/html") {
		return // a proxy's, not the API's
	}
	var value map[string]any
	if err := json.Unmarshal(body, &value); err != nil {
		c.t.Errorf("%s %s: answer %d is not JSON: %v", r.Method, r.URL.Path, status, err)
		return
	}
	if err := c.failure.VisitJSON(value); err != nil {
		c.t.Errorf("%s %s: answer %d breaks the contract: %v", r.Method, r.URL.Path, status, err)
	}
	if list, _ := value["errors"].([]any); len(list) == 0 || value["message"] == "" {
		c.t.Errorf("%s %s: answer %d says nothing: %s", r.Method, r.URL.Path, status, body)
	}
}

// A validator that lets everything pass would make every other test worthless.
func TestContract_RefusesWhatIsNotOfTheAPI(t *testing.T) {
	bad := map[string]string{
		"state unknown":     `{"service":{"state":"SLEEPING"}}`,
		"nothing":           `{}`,
		"vpc id too short":  `{"service":{"project_vpc_id":"x"}}`,
		"services no array": `{"services":{}}`,
	}
	for name, body := range bad {
		t.Run(name, func(t *testing.T) {
			inner := &errorCounter{}
			c := holdToContract(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Type", "application/json")
				_, _ = io.WriteString(w, body)
			}))
			c.t = inner
			c.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/v1/project/p/service/s", nil))
			if inner.errors == 0 {
				t.Errorf("%s passed as an answer to ServiceGet", body)
			}
		})
	}
}

type errorCounter struct{ errors int }

func (c *errorCounter) Errorf(string, ...any) { c.errors++ }
func (c *errorCounter) Logf(string, ...any)   {}
