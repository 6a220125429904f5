// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package replication

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/excerpt"
)

// Error is an answer of a cluster that reports a failure, or no answer at all
// (Status 0, with the Cause).
type Error struct {
	Cluster string
	Method  string
	Path    string
	// Status is the HTTP status, 0 where no answer came.
	Status int
	// Type and Reason are OpenSearch's error.type and error.reason. Some errors
	// have no type, such as that for a route that does not exist.
	Type   string
	Reason string
	// RootCauses are the reasons of error.root_cause and caused_by that say more than Reason.
	RootCauses []string
	// Head is the beginning of an answer that is not OpenSearch's JSON, without markup.
	Head string
	// Location is where a redirect leads to. None is followed.
	Location string
	Cause    error
	// Unsigned is set where the request was not sent, because it could not be signed.
	Unsigned bool
	// Silent is set where the whole time of a request passed without an answer.
	Silent bool
}

func (e *Error) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s%s: ", e.Method, e.Cluster, e.Path)
	switch {
	case e.Status == 0 && errors.Is(e.Cause, context.Canceled):
		b.WriteString("the request was interrupted")
	case e.Status == 0 && errors.Is(e.Cause, context.DeadlineExceeded):
		b.WriteString("no answer before the time was over")
	case e.Silent, e.Unsigned:
		fmt.Fprint(&b, e.Cause)
	case e.Status == 0:
		fmt.Fprintf(&b, "no answer: %v", e.Cause)
	case e.Type != "":
		fmt.Fprintf(&b, "status %d, %s: %s", e.Status, e.Type, e.Reason)
	case e.Reason != "":
		fmt.Fprintf(&b, "status %d: %s", e.Status, e.Reason)
	default:
		fmt.Fprintf(&b, "status %d", e.Status)
		if e.Location != "" {
			fmt.Fprintf(&b, ", a redirect to %q", e.Location)
		}
		if e.Cause != nil {
			fmt.Fprintf(&b, ": %v", e.Cause)
		}
		if e.Head != "" {
			fmt.Fprintf(&b, "; the answer begins with %q", e.Head)
		}
	}
	for _, cause := range e.RootCauses {
		fmt.Fprintf(&b, " (root cause: %s)", cause)
	}
	if hint := e.hint(); hint != "" {
		b.WriteString(". " + hint)
	}
	return b.String()
}

func (e *Error) Unwrap() error { return e.Cause }

// hint says what to do about errors whose text does not say it.
func (e *Error) hint() string {
	switch {
	case isContext(e.Cause):
		return "" // the caller ended it
	case e.Unsigned:
		return "Check the credentials in aws of this cluster, or those that the AWS SDK finds in the environment, and that AWS can be reached"
	case e.Status == 0:
		if e.Silent && strings.HasPrefix(e.Path, plugin) {
			return "The plugin waits for a leader that does not answer. Once the connection to the leader is removed, the request succeeds"
		}
		return "Check that the cluster's address can be reached from where Terraform runs"
	case e.Status >= 300 && e.Status < 400:
		return "A redirect is not followed. Check that the cluster's address has the right scheme, host, port and path"
	case e.Status == http.StatusUnauthorized:
		return "Check the credentials of this cluster"
	case e.Type == "security_exception":
		return permissionAdvice(e.Reason)
	case strings.Contains(e.Reason, "no handler found for uri") && strings.HasPrefix(e.Path, plugin):
		return "The cluster does not have the cross-cluster-replication plugin"
	case e.is("illegal_argument_exception", "Cant use same index again"):
		return "An index of that name exists on the follower. Delete it or follow under another name"
	case e.is("no_such_remote_cluster_exception", ""):
		return "The follower has no connection of that name"
	case e.is("resource_not_found_exception", "Retention lease"):
		return "The leader no longer has the history that is needed. Delete the follower index and start the replication again"
	case e.is("connect_transport_exception", ""), e.is("replication_exception", "failed to fetch replication status"):
		return "The follower cannot reach its leader at this moment"
	}
	return ""
}

func (e *Error) is(errorType, reasonPart string) bool {
	return e.Type == errorType && strings.Contains(e.Reason, reasonPart)
}

func newError(cluster, method, path string, res *http.Response, answer []byte) *Error {
	e := &Error{Cluster: cluster, Method: method, Path: path, Status: res.StatusCode}
	if to, err := res.Location(); err == nil && res.StatusCode < http.StatusBadRequest {
		to.User, to.RawQuery, to.Fragment = nil, "", "" // they may hold secrets, and so may the page that links to it
		e.Location = to.String()
		return e
	}
	type cause struct {
		Type      string  `json:"type"`
		Reason    string  `json:"reason"`
		RootCause []cause `json:"root_cause"`
		CausedBy  *cause  `json:"caused_by"`
	}
	var body struct {
		Error json.RawMessage `json:"error"`
	}
	var detail cause
	if err := json.Unmarshal(answer, &body); err == nil && json.Unmarshal(body.Error, &e.Reason) == nil && e.Reason != "" {
		return e
	}
	if json.Unmarshal(body.Error, &detail) != nil {
		e.Head = excerpt.Of(string(answer))
		return e
	}
	e.Type, e.Reason = detail.Type, detail.Reason
	more := detail.RootCause
	for c := detail.CausedBy; c != nil; c = c.CausedBy {
		more = append(more, *c)
	}
	seen := map[string]bool{e.Reason: true}
	for _, c := range more {
		if c.Reason != "" && !seen[c.Reason] {
			seen[c.Reason] = true
			e.RootCauses = append(e.RootCauses, c.Type+": "+c.Reason)
		}
	}
	return e
}

// is reports whether err is an answer of this type with this part in its reason.
func is(err error, errorType, reasonPart string) bool {
	var e *Error
	return errors.As(err, &e) && e.is(errorType, reasonPart)
}

// hasStatus reports whether err is an answer with one of these HTTP statuses.
func hasStatus(err error, statuses ...int) bool {
	var e *Error
	return errors.As(err, &e) && slices.Contains(statuses, e.Status)
}

// IsUnreachable reports whether no answer came, or only one that says that the
// cluster or the proxy before it is not ready. A request that could not be signed
// was not sent, and says nothing about the cluster.
func IsUnreachable(err error) bool {
	var e *Error
	return errors.As(err, &e) && (e.Status == 0 && !e.Unsigned && !isContext(e.Cause) || hasStatus(err, http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout))
}

// isSilent reports whether the whole time of a request passed without an answer.
func isSilent(err error) bool {
	var e *Error
	return errors.As(err, &e) && e.Silent
}

// IsLeaderUnreachable reports whether the follower said that it cannot reach its leader.
func IsLeaderUnreachable(err error) bool {
	return is(err, "connect_transport_exception", "") || is(err, "replication_exception", "failed to fetch replication status") ||
		is(err, "no_such_remote_cluster_exception", "") || is(err, "node_disconnected_exception", "") || is(err, "node_not_connected_exception", "")
}

// isClosedRoute reports whether a managed service does not let its users have a route.
func isClosedRoute(err error) bool {
	return hasStatus(err, http.StatusForbidden, http.StatusUnauthorized, http.StatusMethodNotAllowed) || is(err, "security_exception", "")
}

// IsRefused reports whether the cluster answered that this user may not do that.
func IsRefused(err error) bool { return isClosedRoute(err) }

func isContext(err error) bool {
	return errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded)
}

// IsSilent reports whether the whole time of a request passed without an answer,
// as it does for one that needs a leader which hangs.
func IsSilent(err error) bool { return isSilent(err) }

// IsRuleTaken reports whether an autofollow rule was refused because one of its
// name exists (recording 14 of the contract).
func IsRuleTaken(err error) bool { return is(err, "exception", "cannot be recreated/updated") }

// interrupted is the end of a context in words for users, which the context's
// own error is not.
type interrupted struct{ error }

func (e interrupted) Error() string {
	return strings.NewReplacer(
		context.DeadlineExceeded.Error(), "the time was over before an answer came",
		context.Canceled.Error(), "it was interrupted",
	).Replace(e.error.Error())
}

func (e interrupted) Unwrap() error { return e.error }

// worded is err in words for users.
func worded(err error) error {
	if isContext(err) {
		return interrupted{err}
	}
	return err
}
