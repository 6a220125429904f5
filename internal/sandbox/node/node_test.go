// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package node

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// asParent makes the test binary start a node and wait: it is the parent that a test then kills.
const asParent = "SANDBOX_NODE_TEST_PARENT"

func TestMain(m *testing.M) {
	if os.Getenv(asParent) != "" {
		if err := beParent(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
	os.Exit(m.Run())
}

// beParent starts a node, prints its folder and process, and stays until it is killed.
func beParent() error {
	ctx := context.Background()
	d, err := Default(ctx, "", nil)
	if err != nil {
		return err
	}
	n, err := Start(ctx, d, Options{Name: "orphan"})
	if err != nil {
		return err
	}
	fmt.Printf("%s %d\n", n.Dir(), n.process.cmd.Process.Pid)
	select {}
}

// distribution is what nodes are started from. With -short the test is left out.
func distribution(t *testing.T) Distribution {
	t.Helper()
	if testing.Short() {
		t.Skip("it needs an OpenSearch node")
	}
	d, err := Default(t.Context(), "", t.Logf)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// start starts a node that the end of the test stops.
func start(t *testing.T, d Distribution, name string) *Node {
	t.Helper()
	began := time.Now()
	n, err := Start(t.Context(), d, Options{Name: name})
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%s started in %s", name, time.Since(began).Round(10*time.Millisecond))
	t.Cleanup(func() {
		if err := n.Stop(context.Background()); err != nil {
			t.Error(err)
		}
		if _, err := os.Stat(n.Dir()); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("the folder %s is left: %v", n.Dir(), err)
		}
	})
	return n
}

// do sends a request to a node and returns the answer's status and body.
func do(t *testing.T, method, url, body string) (int, string) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/json")
	response, err := client.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := io.ReadAll(response.Body)
	if err := errors.Join(err, response.Body.Close()); err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, string(answer)
}

func want(t *testing.T, status int, answer string, wantStatus int, part string) {
	t.Helper()
	if status != wantStatus || !strings.Contains(answer, part) {
		t.Fatalf("got %d %s, want %d with %s", status, answer, wantStatus, part)
	}
}

func TestLongNode_KeepsDataAndAddressesOverAKill(t *testing.T) {
	t.Parallel()
	d := distribution(t)
	n := start(t, d, "leader")
	if log := strings.Join(n.process.printed(), "\n"); d.archive != "" && strings.Contains(log, "[cds") {
		t.Errorf("the JVM could not use the archive of classes: %s", log)
	}
	url, transport := n.URL(), n.TransportAddress()
	status, answer := do(t, http.MethodPut, url+"/movies/_doc/1?refresh=true", `{"title":"Solaris"}`)
	want(t, status, answer, http.StatusCreated, `"created"`)

	if err := n.Kill(); err != nil {
		t.Fatal(err)
	}
	if n.Running() {
		t.Fatal("the node runs after Kill")
	}
	if err := n.Restart(t.Context()); err != nil {
		t.Fatal(err)
	}
	if n.URL() != url || n.TransportAddress() != transport {
		t.Fatalf("after the restart %s and %s, before it %s and %s", n.URL(), n.TransportAddress(), url, transport)
	}
	status, answer = do(t, http.MethodGet, url+"/_cluster/health/movies?wait_for_status=yellow&timeout=30s", "")
	want(t, status, answer, http.StatusOK, `"timed_out":false`)
	status, answer = do(t, http.MethodGet, url+"/movies/_doc/1", "")
	want(t, status, answer, http.StatusOK, "Solaris")

	if err := n.Restart(t.Context()); err != nil {
		t.Fatalf("restart of a running node: %v", err)
	}
}

func TestLongNode_ConnectsToAnotherAsRemoteCluster(t *testing.T) {
	t.Parallel()
	d := distribution(t)
	leader, follower := start(t, d, "leader"), start(t, d, "follower")
	status, answer := do(t, http.MethodPut, follower.URL()+"/_cluster/settings",
		fmt.Sprintf(`{"persistent":{"cluster.remote.us.seeds":[%q]}}`, leader.TransportAddress()))
	want(t, status, answer, http.StatusOK, "acknowledged")
	for deadline := time.Now().Add(30 * time.Second); ; time.Sleep(100 * time.Millisecond) {
		status, answer := do(t, http.MethodGet, follower.URL()+"/_remote/info", "")
		if status == http.StatusOK && strings.Contains(answer, `"connected":true`) {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("not connected: %d %s", status, answer)
		}
	}
}

func TestNode_EndsAndLeavesNothingWhenItsParentIsKilled(t *testing.T) {
	t.Parallel()
	distribution(t) // so that the download does not count
	parent := exec.CommandContext(t.Context(), os.Args[0])
	parent.Env = append(os.Environ(), asParent+"=1")
	parent.Stderr = os.Stderr
	out, err := parent.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := parent.Start(); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatalf("the parent said %q: %v", line, err)
	}
	dir, pidText, _ := strings.Cut(strings.TrimSpace(line), " ")
	pid, err := strconv.Atoi(pidText)
	if err != nil {
		t.Fatal(err)
	}
	if err := syscall.Kill(pid, 0); err != nil {
		t.Fatalf("the node's process is not there before the kill: %v", err)
	}
	if err := parent.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	if err := parent.Wait(); err == nil {
		t.Fatal("the parent was to die of SIGKILL")
	}
	gone := func() bool {
		_, err := os.Stat(dir)
		return errors.Is(err, os.ErrNotExist) && !processRuns(t, pid)
	}
	for deadline := time.Now().Add(15 * time.Second); !gone(); time.Sleep(50 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("process %d runs: %t; folder %s", pid, processRuns(t, pid), dir)
		}
	}
}

// processRuns tells a process that runs from none and from one that has ended and was not reaped.
func processRuns(t *testing.T, pid int) bool {
	t.Helper()
	// ps fails for a process that is not there.
	state, err := exec.CommandContext(t.Context(), "ps", "-o", "stat=", "-p", strconv.Itoa(pid)).Output()
	return err == nil && !strings.HasPrefix(strings.TrimSpace(string(state)), "Z")
}

func TestLongStart_ChoosesOtherPortsWhenOneIsTaken(t *testing.T) {
	t.Parallel()
	d := distribution(t)
	n, err := prepare(d, Options{Name: "unlucky"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := n.Stop(context.Background()); err != nil {
			t.Error(err)
		}
	})
	other := start(t, d, "first")
	n.httpPort, n.transportPort = other.httpPort, other.transportPort
	err = n.paths.writeSettings(settings(d, n.paths, n.cluster, "unlucky", n.httpPort, n.transportPort, nil))
	if err != nil {
		t.Fatal(err)
	}
	if err := n.run(t.Context()); !errors.Is(err, errPortTaken) {
		t.Fatalf("on the ports of another node: %v, want %v", err, errPortTaken)
	}
	if err := n.startOnFreePorts(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func TestStart_SaysWhyANodeDoesNotStart(t *testing.T) {
	t.Parallel()
	_, err := Start(t.Context(), distribution(t), Options{Name: "odd", Settings: map[string]string{"no.such.setting": "1"}})
	if err == nil || !strings.Contains(err.Error(), "unknown setting [no.such.setting]") {
		t.Fatalf("got %v", err)
	}
	left, err := filepath.Glob(filepath.Join(os.TempDir(), "opensearch-odd-*"))
	if err != nil || len(left) > 0 {
		t.Fatalf("left behind: %v, %v", left, err)
	}
}

func TestFromHome_StartsFromAHomeThatIsOnlyRead(t *testing.T) {
	d := distribution(t)
	home := filepath.Join(t.TempDir(), "opensearch")
	jars := filepath.Join(t.TempDir(), "jars")
	if err := copyJars(d.Home, jars); err != nil {
		t.Fatal(err)
	}
	if err := LayOut(home, jars, d.Version); err != nil {
		t.Fatal(err)
	}
	// A node would make this folder in its home where it is missing.
	if err := os.Remove(filepath.Join(home, "bin")); err != nil {
		t.Fatal(err)
	}
	before := listing(t, home)

	t.Setenv("OPENSEARCH_HOME", home)
	fromHome, err := Default(t.Context(), "", nil)
	if err != nil {
		t.Fatal(err)
	}
	if fromHome.Version != d.Version || fromHome.CCR || fromHome.Security {
		t.Fatalf("got %+v", fromHome)
	}
	n := start(t, fromHome, "from-home")
	if n.HasCCR() {
		t.Error("the node says that it has the CCR plugin")
	}
	status, answer := do(t, http.MethodPut, n.URL()+"/movies/_doc/1", `{"title":"Stalker"}`)
	want(t, status, answer, http.StatusCreated, `"created"`)
	if after := listing(t, home); after != before {
		t.Errorf("the home was written to; before:\n%s\nafter:\n%s", before, after)
	}
}

// copyJars links all jars of a home into one folder, as Maven leaves them.
func copyJars(home, jars string) error {
	if err := os.MkdirAll(jars, 0o755); err != nil {
		return err
	}
	for _, pattern := range []string{"lib/*.jar", "modules/transport-netty4/*.jar"} {
		names, err := filepath.Glob(filepath.Join(home, pattern))
		if err != nil {
			return err
		}
		for _, name := range names {
			if err := linkOrCopy(name, filepath.Join(jars, filepath.Base(name))); err != nil {
				return err
			}
		}
	}
	return nil
}

// listing lists a folder with sizes and times of change.
func listing(t *testing.T, dir string) string {
	t.Helper()
	var list strings.Builder
	err := filepath.WalkDir(dir, func(name string, entry os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := entry.Info()
		if err != nil {
			return err
		}
		fmt.Fprintln(&list, name, info.Size(), info.ModTime())
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return list.String()
}
