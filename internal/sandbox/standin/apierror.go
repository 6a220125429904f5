// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package standin

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"strings"
)

// apiError is an error as OpenSearch answers it: an HTTP status, a type, a reason and sometimes more.
type apiError struct {
	status int
	kind   string
	reason string
	more   map[string]any // further members beside type and reason
	cause  *apiError      // caused_by, which is then also the root cause
}

func (e *apiError) Error() string { return fmt.Sprintf("%d %s: %s", e.status, e.kind, e.reason) }

func (e *apiError) object() map[string]any {
	o := map[string]any{"type": e.kind, "reason": e.reason}
	maps.Copy(o, e.more)
	return o
}

// body is the whole answer.
func (e *apiError) body() map[string]any {
	root, top := e.object(), e.object()
	if e.cause != nil {
		root = e.cause.object()
		top["caused_by"] = e.cause.object()
	}
	top["root_cause"] = []any{root}
	return map[string]any{"error": top, "status": e.status}
}

func illegalArgument(format string, args ...any) *apiError {
	return &apiError{status: http.StatusBadRequest, kind: "illegal_argument_exception", reason: fmt.Sprintf(format, args...)}
}

// invalid is what a request's own validation says: all its complaints, numbered.
func invalid(complaints []string) *apiError {
	var b strings.Builder
	b.WriteString("Validation Failed: ")
	for i, c := range complaints {
		fmt.Fprintf(&b, "%d: %s;", i+1, c)
	}
	return &apiError{status: http.StatusBadRequest, kind: "action_request_validation_exception", reason: b.String()}
}

func alreadyExists(format string, args ...any) *apiError {
	return &apiError{status: http.StatusBadRequest, kind: "resource_already_exists_exception", reason: fmt.Sprintf(format, args...)}
}

func notReplicated(index string) *apiError {
	return illegalArgument("No replication in progress for index:%s", index)
}

func sameIndexAgain(index string) *apiError {
	return illegalArgument("Cant use same index again for replication. Delete the index:%s", index)
}

func noSuchRemote(alias string) *apiError {
	return &apiError{status: http.StatusNotFound, kind: "no_such_remote_cluster_exception", reason: fmt.Sprintf("no such remote cluster: [%s]", alias)}
}

func noSuchIndex(index string) *apiError {
	return &apiError{
		status: http.StatusNotFound, kind: "index_not_found_exception", reason: fmt.Sprintf("no such index [%s]", index),
		more: map[string]any{"index": index, "resource.id": index, "resource.type": "index_expression", "index_uuid": "_na_"},
	}
}

// aliasAsIndex is said of a leader index that is an alias: the request went through, but came back
// under another name (recorded 24).
func aliasAsIndex(alias, index string) *apiError {
	name := alias + ":" + index
	return &apiError{
		status: http.StatusNotFound, kind: "index_not_found_exception", reason: fmt.Sprintf("no such index [%s]", name),
		more: map[string]any{"index": name, "index_uuid": "_na_"},
	}
}

func indexClosed(index, uuid string) *apiError {
	return &apiError{
		status: http.StatusBadRequest, kind: "index_closed_exception", reason: "closed",
		more: map[string]any{"index": index, "index_uuid": uuid},
	}
}

func unreachable(address string) *apiError {
	return &apiError{
		status: http.StatusInternalServerError, kind: "connect_transport_exception",
		reason: fmt.Sprintf("[][%s] connect_exception", address),
	}
}

func blockedByReplication(indices []string) *apiError {
	var b strings.Builder
	for _, index := range indices {
		fmt.Fprintf(&b, "index [%s] blocked by: [FORBIDDEN/1000/index read-only(cross-cluster-replication)];", index)
	}
	return &apiError{status: http.StatusForbidden, kind: "cluster_block_exception", reason: b.String()}
}

// lateinit is a fault of the plugin itself: a rule without a name is not validated (recorded 13).
func lateinit(property string) *apiError {
	return &apiError{
		status: http.StatusInternalServerError, kind: "uninitialized_property_access_exception",
		reason: fmt.Sprintf("lateinit property %s has not been initialized", property),
	}
}

// writeError answers err: as it is where it is an answer, as 500 where it is anything else.
func writeError(w http.ResponseWriter, err error) {
	var api *apiError
	var refused *refusal
	switch {
	case errors.As(err, &api):
	case errors.As(err, &refused): // what the node said, unchanged
		w.Header().Set("Content-Type", "application/json; charset=UTF-8")
		w.WriteHeader(refused.status)
		_, _ = w.Write(refused.body) // the client is gone if this fails
		return
	default:
		api = &apiError{status: http.StatusInternalServerError, kind: "exception", reason: err.Error()}
	}
	writeJSON(w, api.status, api.body())
}

func writeJSON(w http.ResponseWriter, status int, answer any) {
	var raw bytes.Buffer
	encoder := json.NewEncoder(&raw)
	encoder.SetEscapeHTML(false) // OpenSearch does not, and its texts have < and >
	if err := encoder.Encode(answer); err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json; charset=UTF-8")
	w.WriteHeader(status)
	_, _ = w.Write(bytes.TrimRight(raw.Bytes(), "\n")) // the client is gone if this fails
}

func acknowledge(w http.ResponseWriter) {
	writeJSON(w, http.StatusOK, map[string]any{"acknowledged": true})
}
