// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package acceptance

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/sandbox/controlplane"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/sandbox/memory"
)

const (
	modelToken    = "token-of-the-model"
	modelProject  = "acme"
	modelFollower = "search-eu"
	modelAlias    = modelProject + "_" + leaderName
)

var (
	leaderRef   = controlplane.ServiceRef{Project: modelProject, Name: leaderName}
	followerRef = controlplane.ServiceRef{Project: modelProject, Name: modelFollower}
	otherRef    = controlplane.ServiceRef{Project: modelProject, Name: "search-other"}
)

// modelWorld is what one sequence is played in: a control plane with services in
// memory, and a workspace. Nothing in it is shared with another sequence.
type modelWorld struct {
	*memoryScene

	random   *rand.Rand
	trigger  trigger
	resource resourceKind
	config   modelConfig
	// saved is the plan that was saved and not applied yet.
	saved *approvedPlan
	// documents counts the documents that were written.
	documents int
	// foreign are the things of others on the follower, and on which cluster.
	foreign []memory.Index
	planted *memory.Cluster
	// forgotten: the service was taken out of the state on purpose, or terraform
	// was killed before it could write it there.
	forgotten bool
	// created: terraform has created the follower service.
	created bool
	// seen are how many losses and requests have been checked.
	seen struct{ losses, requests int }
	// byHandLost counts services that were deleted by hand and not checked yet.
	byHandLost int
	// history is what was done, for whoever has to understand a violation.
	history []string
	// patience is how long a command may take, where that is not [longest].
	patience time.Duration
	// strange: servers answer what they never do, which is to be reported.
	strange bool
	// previous and last are the latest two commands.
	previous, last modelRun
}

// trigger does something at a certain request to the platform.
type trigger struct {
	mu     sync.Mutex
	left   int
	before bool
	fire   func()
}

// set arms the trigger, and disarms it without fire.
func (tr *trigger) set(left int, before bool, fire func()) {
	tr.mu.Lock()
	defer tr.mu.Unlock()
	tr.left, tr.before, tr.fire = left, before, fire
}

// around answers a request, and fires right before or after its work.
func (tr *trigger) around(answer func()) {
	after := tr.count()
	answer()
	if after {
		tr.mu.Lock()
		defer tr.mu.Unlock()
		tr.fireNow()
	}
}

// count counts a request, and reports whether to fire after it.
func (tr *trigger) count() (after bool) {
	tr.mu.Lock()
	defer tr.mu.Unlock()
	tr.left--
	if tr.left != 0 || tr.fire == nil {
		return false
	}
	if tr.before {
		tr.fireNow()
	}
	return !tr.before
}

// fireNow holds up all other requests meanwhile.
func (tr *trigger) fireNow() {
	if tr.fire == nil {
		return // the command has ended
	}
	tr.fire()
	tr.fire = nil
	time.Sleep(30 * time.Millisecond) // whoever is told needs a moment
}

func newModelWorld(t *testing.T, random *rand.Rand) *modelWorld {
	t.Helper()
	w := &modelWorld{random: random}
	w.memoryScene = newMemoryScene(t, w.trigger.around)
	w.platform.Protected = w.chance(3)
	w.populate()
	if w.chance(4) {
		w.resource = integrationKind
		w.service(modelFollower)
		w.plant()
	}
	w.configure()
	return w
}

// populate makes what there is before Terraform runs: the leader's indices, and another leader.
func (w *modelWorld) populate() {
	w.t.Helper()
	w.seen.requests++ // the one that made the leader
	w.service(otherRef.Name)
	for _, name := range []string{"a-1", "a-2", "b-1"} {
		w.leaderWrites(name)
	}
	w.cluster(otherRef).Write("x-1", "foreign", true)
	w.resource, w.config = followerKind, newModelConfig()
}

// service makes a service by hand. That is not one of terraform's requests.
func (w *modelWorld) service(name string) {
	w.t.Helper()
	w.memoryScene.service(name, "business-4")
	w.seen.requests++
}

// post makes something by hand at the control plane. That is not one of terraform's requests.
func (w *modelWorld) post(what string, request map[string]any) {
	w.t.Helper()
	w.api(http.MethodPost, what, request)
	w.seen.requests++
}

// chance is true once in n times.
func (w *modelWorld) chance(n int) bool { return w.random.IntN(n) == 0 }

func (w *modelWorld) note(format string, args ...any) {
	w.history = append(w.history, fmt.Sprintf(format, args...))
}

func (w *modelWorld) document() string {
	w.documents++
	return fmt.Sprintf("doc-%d", w.documents)
}

func (w *modelWorld) leaderWrites(name string) {
	w.cluster(leaderRef).Write(name, w.document(), true)
}

// plant puts things of others on the follower, once on each service of that name.
// A copy of the leader's index "plain" is not theirs.
func (w *modelWorld) plant() {
	c := w.cluster(followerRef)
	if c == nil || c == w.planted {
		return
	}
	theirs := []string{"x-1"}
	if !slices.ContainsFunc(c.Look(), func(is memory.Index) bool { return is.Name == "plain" }) {
		c.Write("plain", "foreign", true)
		theirs = append(theirs, "plain")
	}
	c.Follow(modelProject+"_search-other", w.cluster(otherRef), "x-1", "theirs", "x-*")
	w.planted, w.foreign = c, nil
	for _, seen := range c.Look() {
		if slices.Contains(theirs, seen.Name) {
			w.foreign = append(w.foreign, seen)
		}
	}
}

// modelRun is a terraform command that ended.
type modelRun struct {
	command string
	code    int
	// plan is what was said before the user approved, output is everything.
	plan, output string
	killed       bool
	took         time.Duration
}

// clean is an output as one line, without the frames of diagnostics.
func clean(output string) string {
	return strings.Join(strings.Fields(strings.NewReplacer("│", " ", "╷", " ", "╵", " ").Replace(output)), " ")
}

// longest is how long a command may take; none has to wait for longer than its timeouts.
const longest = 100 * time.Second

// run runs a command and says yes when it asks. signal, where it is not 0, is
// sent at a random request.
func (w *modelWorld) run(signal syscall.Signal, args ...string) modelRun {
	w.t.Helper()
	sent := false
	r := w.runWith(func(group int) func() {
		if signal == 0 {
			return nil
		}
		return func() { sent = syscall.Kill(-group, signal) == nil }
	}, args...)
	if sent {
		r.command += " (" + signal.String() + ")"
		r.killed = signal == syscall.SIGKILL
	}
	if r.killed {
		time.Sleep(50 * time.Millisecond) // what is under way ends
	}
	w.note("terraform %s: %d, %s", r.command, r.code, r.took.Round(100*time.Millisecond))
	w.previous, w.last = w.last, r
	return r
}

// runWith runs a command, during which something happens at a random request.
func (w *modelWorld) runWith(happens func(group int) func(), args ...string) modelRun {
	w.t.Helper()
	var output bytes.Buffer
	limit := cmp.Or(w.patience, longest)
	ctx, cancel := context.WithTimeout(w.t.Context(), limit)
	defer cancel()
	cmd := w.command(ctx, &output, append(args, "-no-color")...)
	cmd.Stdin = strings.NewReader("yes\n")
	began := time.Now()
	if err := cmd.Start(); err != nil {
		w.t.Fatal(err)
	}
	w.trigger.set(1+w.random.IntN(45), w.chance(2), happens(cmd.Process.Pid))
	err := cmd.Wait()
	w.trigger.set(0, false, nil)
	if exit := (*exec.ExitError)(nil); err != nil && !errors.As(err, &exit) {
		w.t.Fatalf("terraform: %v\n%s", err, &output)
	}
	r := modelRun{command: strings.Join(args, " "), code: cmd.ProcessState.ExitCode(), output: clean(output.String()), took: time.Since(began)}
	r.plan, _, _ = strings.Cut(r.output, "Enter a value:")
	if ctx.Err() != nil {
		w.previous, w.last = w.last, r
		w.violated("terraform %s did not end within %s", r.command, limit)
	}
	return r
}

// useProvider makes the workspace run another build of the provider.
func (w *workspace) useProvider(dir string) {
	w.t.Helper()
	w.useProviderInstead(builtProvider(w.t), dir)
}

// useProviderInstead makes the workspace run another build of the provider than the one that it runs.
func (w *workspace) useProviderInstead(former, dir string) {
	w.t.Helper()
	file := filepath.Join(w.dir, "terraform.rc")
	settings, err := os.ReadFile(file)
	if err != nil {
		w.t.Fatal(err)
	}
	settings = bytes.ReplaceAll(settings, []byte(former), []byte(dir))
	if err := os.WriteFile(file, settings, 0o600); err != nil {
		w.t.Fatal(err)
	}
}

// quickBuild is a build of the provider that waits shorter.
type quickBuild struct {
	once sync.Once
	dir  string
	err  error
}

var quick quickBuild

// shorter are constants of the provider by file, each with what it is divided by.
type shorter map[string]map[string]int

// waits are the constants of the provider that say how long something has to
// stay as it is before it is believed, or is looked for.
var waits = map[string][]string{
	"ccr/state.go":          {"SettleTime"},
	"pair/observe.go":       {"relistAfter"},
	"pair/link.go":          {"beginTime"},
	"pair/converge.go":      {"firstPause", "mostPause"},
	"replication/await.go":  {"neverBegan", "pausedFor"},
	"replication/start.go":  {"adoptTime", "freeTime", "resumeTime"},
	"replication/rules.go":  {"recordsLag"},
	"aiven/outcome.go":      {"outcomeTime"},
	"replication/client.go": {"retryTime"},
}

// quickProvider is the folder with a build of the provider that waits a tenth of
// the time, as the clusters in memory do. Nothing else in it is different.
func quickProvider(t *testing.T) string {
	t.Helper()
	return quick.provider(t, nil)
}

// provider is the folder with the build, whose times in times are shorter besides.
func (q *quickBuild) provider(t *testing.T, times shorter) string {
	t.Helper()
	q.once.Do(func() {
		all := shorter{}
		for file, names := range waits {
			all[file] = map[string]int{}
			for _, name := range names {
				all[file][name] = 10
			}
		}
		for file, names := range times {
			if all[file] == nil {
				all[file] = map[string]int{}
			}
			maps.Copy(all[file], names)
		}
		q.dir, q.err = buildQuickProvider(all)
	})
	if q.err != nil {
		t.Fatal(q.err)
	}
	return q.dir
}

func buildQuickProvider(times shorter) (string, error) {
	dir, err := os.MkdirTemp("", "opensearch-provider-quick-")
	if err != nil {
		return "", err
	}
	cleanUps = append(cleanUps, func() error { return os.RemoveAll(dir) })
	overlay := map[string]string{}
	for file, names := range times {
		source, err := filepath.Abs(filepath.Join("..", file))
		if err != nil {
			return "", err
		}
		text, err := os.ReadFile(source)
		if err != nil {
			return "", err
		}
		for name, divisor := range names {
			constant := regexp.MustCompile(`(?m)^((?:const)?\s+` + name + `\s+= .*)$`)
			if !constant.Match(text) {
				return "", fmt.Errorf("%s has no constant %s", source, name)
			}
			text = constant.ReplaceAll(text, fmt.Appendf(nil, "$1 / %d", divisor))
		}
		overlay[source] = filepath.Join(dir, strings.ReplaceAll(file, "/", "_"))
		if err := os.WriteFile(overlay[source], text, 0o600); err != nil {
			return "", err
		}
	}
	list, err := json.Marshal(map[string]any{"Replace": overlay})
	if err != nil {
		return "", err
	}
	if err := os.WriteFile(filepath.Join(dir, "overlay.json"), list, 0o600); err != nil {
		return "", err
	}
	output, err := exec.Command("go", "build", "-overlay", filepath.Join(dir, "overlay.json"), "-o", filepath.Join(dir, "terraform-provider-opensearch"), "../..").CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("build the provider: %w\n%s", err, output)
	}
	return dir, nil
}
