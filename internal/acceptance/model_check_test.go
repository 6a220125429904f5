// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package acceptance

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"

	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/sandbox/controlplane"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/sandbox/memory"
)

// violated says that an invariant does not hold, with all that is needed to
// understand it.
func (w *modelWorld) violated(format string, args ...any) {
	w.t.Helper()
	w.t.Errorf("%s\n\nactions:\n  %s\n\nchanges on the platform:\n  %s\n\nterraform %s said:\n  %s\n\nterraform %s said:\n  %s", fmt.Sprintf(format, args...),
		strings.Join(w.history, "\n  "), strings.Join(w.platform.Changes(), "\n  "), w.previous.command, w.previous.output, w.last.command, w.last.output)
}

// faults are the words of errors that are never the user's.
var faults = regexp.MustCompile(`(?i)panic:|inconsistent|internal error|report this|please report|bug in the provider|Plugin did not respond|context canceled|context deadline`)

// check holds a command against the invariants. plan is the text of the plan that
// was applied, config what that was made of.
func (w *modelWorld) check(r modelRun, plan string, config modelConfig) {
	w.t.Helper()
	if fault := faults.FindString(r.output); fault != "" && !r.killed && (!w.strange || fault != "report this") {
		w.violated("terraform %s says %q", r.command, fault)
	}
	losses, requests := w.platform.Losses()[w.seen.losses:], w.plane.Requests(modelProject)[w.seen.requests:]
	w.seen.losses += len(losses)
	w.seen.requests += len(requests)
	named := naming{plan, r.command == "destroy"}
	w.checkRequests(requests, named)
	w.checkLosses(losses, named, config)
	w.checkOrphan(r)
	w.checkForeign()
}

// naming is what the text of a plan names.
type naming struct {
	plan     string
	destroys bool
}

var (
	serviceGone = regexp.MustCompile(`(?i)service ` + modelProject + `/` + modelFollower + `(, which is a primary now,)? will be (deleted|destroyed)`)
	replaced    = regexp.MustCompile(`# opensearch_ccr_\w+\.test( \(deposed object \w+\))? (is tainted, so (it )?must be replaced|must be replaced|will be replaced|will be destroyed)`)
	lists       = regexp.MustCompile(`Apply deletes these indices on the follower with all their documents: (.*?) Those that the leader still has|` +
		`Apply resumes the replication of these indices: (.*?)\. If the leader`)
)

// service reports whether the plan names the deletion of the follower service. A
// destroy says so in words of its own, not only in those of Terraform.
func (n naming) service() bool {
	return serviceGone.MatchString(n.plan) || !n.destroys && replaced.MatchString(n.plan)
}

// unlinking reports whether it names the deletion of the integration.
func (n naming) unlinking() bool { return n.service() || strings.Contains(n.plan, "will be promoted") }

// index reports whether it names the deletion of an index.
func (n naming) index(name string) bool {
	for _, list := range lists.FindAllStringSubmatch(n.plan, -1) {
		if slices.Contains(strings.FieldsFunc(list[1]+list[2], func(r rune) bool { return strings.ContainsRune(" ,().;:", r) }), name) {
			return true
		}
	}
	return false
}

func (w *modelWorld) checkRequests(requests []controlplane.Request, named naming) {
	w.t.Helper()
	for _, r := range requests {
		done := r.Status == http.StatusOK || r.Status == 0
		switch {
		case !done:
		case r.Operation == controlplane.ServiceCreate:
			w.created = true
		case r.Operation == controlplane.ServiceDelete && !named.service():
			w.violated("%s: no plan named the deletion of the service", r)
		case r.Operation == controlplane.ServiceIntegrationDelete && !named.unlinking():
			w.violated("%s: no plan named the deletion of the integration", r)
		}
	}
}

// checkLosses holds what was deleted against what the plan named and what the
// configuration permits.
func (w *modelWorld) checkLosses(losses []memory.Loss, named naming, config modelConfig) {
	w.t.Helper()
	followed := 0
	for _, l := range losses {
		if l.Index == "" && w.byHandLost > 0 {
			w.byHandLost--
			continue
		}
		if l.Index == "" {
			if len(l.Own)+len(l.Last) > 0 && !named.service() {
				w.violated("service %s was deleted with documents that are nowhere else: %q %q", l.Service, l.Own, l.Last)
			}
			continue
		}
		if !named.index(l.Index) {
			w.violated("index %s was deleted, which no plan named", l.Index)
		}
		if len(l.Own) > 0 && !config.rebuild {
			w.violated("index %s was deleted with documents that were written to it (%q), and rebuild is false", l.Index, l.Own)
		}
		if l.Leaderless && config.covers(l.Index) {
			followed++
			if config.onLeaderDelete == "keep" {
				w.violated("index %s was deleted, which the leader does not have, and on_leader_delete is keep", l.Index)
			}
		}
	}
	// With "delete" up to two, or a quarter of the copies, which are never more than eight here.
	if followed > 2 && config.onLeaderDelete == "delete" {
		w.violated("%d indices were deleted because the leader does not have them, and on_leader_delete is delete", followed)
	}
}

// held are the services that the state holds.
func (w *modelWorld) held() int {
	text, err := os.ReadFile(filepath.Join(w.dir, "terraform.tfstate"))
	if errors.Is(err, os.ErrNotExist) {
		return 0
	}
	if err != nil {
		w.t.Fatal(err)
	}
	var state struct {
		Resources []struct {
			Instances []any `json:"instances"`
		} `json:"resources"`
	}
	if json.Unmarshal(text, &state) != nil {
		return 0 // terraform was killed while it wrote it
	}
	instances := 0
	for _, r := range state.Resources {
		instances += len(r.Instances)
	}
	return instances
}

// exists reports whether the API knows the follower service.
func (w *modelWorld) exists() bool {
	_, err := w.plane.HoldState(followerRef, "") // an error for a service that it does not know
	return err == nil
}

// checkOrphan looks for a follower service that terraform has created and that
// nobody knows of any more.
func (w *modelWorld) checkOrphan(r modelRun) {
	w.t.Helper()
	switch {
	case w.resource != followerKind || !w.created:
	case w.held() > 0:
		w.forgotten = false
	case !w.exists():
		w.forgotten = false
	case w.forgotten:
	case r.killed:
		w.forgotten = true // there was no time to write it down
	case !strings.Contains(r.output, "terraform import ADDRESS "+w.resource.importID()):
		w.violated("service %s exists and is in no state, and terraform %s does not name it", followerRef, r.command)
	default:
		w.forgotten = true // it was named
	}
}

// checkForeign holds the things of others against what they were.
func (w *modelWorld) checkForeign() {
	w.t.Helper()
	c := w.cluster(followerRef)
	if c == nil || c != w.planted {
		return // it went with the service
	}
	if !slices.Contains(c.Rules(), "theirs") {
		w.violated("the rule of another leader is gone")
	}
	now := c.Look()
	for _, was := range w.foreign {
		if !slices.ContainsFunc(now, func(is memory.Index) bool {
			was.State = is.State // its first copy may have been under way
			return reflect.DeepEqual(is, was) && (is.State != "" || was.Name == "plain")
		}) {
			w.violated("index %s of others has changed: it was %v, and now there are %v", was.Name, was, now)
		}
	}
}
