// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package node

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// write makes a file with the folders above it.
func write(t *testing.T, name, text string, mode os.FileMode) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(text), mode); err != nil {
		t.Fatal(err)
	}
}

// openDir makes a folder that other users can reach, which those of t.TempDir are not.
func openDir(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.Chmod(filepath.Dir(dir), 0o755); err != nil {
		t.Fatal(err)
	}
	dir, err := filepath.EvalSymlinks(dir)
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

// fakeJava makes a java command that says it is of this version.
func fakeJava(t *testing.T, name, version string) {
	t.Helper()
	write(t, name, "#!/bin/sh\necho 'openjdk version \""+version+"\" 2025-04-15' >&2\n", 0o755)
}

// fakeHome makes what FromHome looks at of an official distribution.
func fakeHome(t *testing.T, version string) string {
	t.Helper()
	home, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(home, "lib", "opensearch-"+version+".jar"), "", 0o644)
	write(t, filepath.Join(home, "lib", "opensearch-core-"+version+".jar"), "", 0o644)
	return home
}

func TestFromHome_SeesPluginsAndItsOwnJDK(t *testing.T) {
	home := fakeHome(t, "3.6.0-SNAPSHOT")
	fakeJava(t, filepath.Join(home, "jdk", "bin", "java"), "25.0.1")
	for _, plugin := range []string{ccrPlugin, securityPlugin, "opensearch-knn"} {
		write(t, filepath.Join(home, "plugins", plugin, "plugin-descriptor.properties"), "# x\nversion=3\nname = "+plugin+"\n", 0o644)
	}
	write(t, filepath.Join(home, "plugins", "README"), "no plugin", 0o644)
	d, err := FromHome(t.Context(), home)
	if err != nil {
		t.Fatal(err)
	}
	want := Distribution{
		Home: home, Version: "3.6.0", Java: filepath.Join(home, "jdk", "bin", "java"),
		CCR: true, Security: true, plugins: 3,
	}
	if d.java.feature != 25 {
		t.Errorf("got JDK %d", d.java.feature)
	}
	d.java = jdk{}
	if d != want {
		t.Errorf("got %+v, want %+v", d, want)
	}
	if java := d.javaIn("/copy"); java != "/copy/jdk/bin/java" {
		t.Errorf("in a copy of the home java is %s", java)
	}
}

func TestFromHome_RefusesWhatIsNoHome(t *testing.T) {
	for name, dir := range map[string]string{"empty": t.TempDir(), "missing": "/no/such/folder"} {
		if _, err := FromHome(t.Context(), dir); err == nil || !strings.Contains(err.Error(), "OPENSEARCH_HOME") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestMaven_NamesTheVersionsThatItHas(t *testing.T) {
	_, err := Maven(t.Context(), "1.3.0", nil)
	if err == nil || !strings.Contains(err.Error(), "2.19.4, 3.6.0") || !strings.Contains(err.Error(), "OPENSEARCH_HOME") {
		t.Errorf("got %v", err)
	}
}

func TestSettings(t *testing.T) {
	p := pathsIn("/n")
	plain := settings(Distribution{}, p, "c", "n", 1, 2, nil)
	if _, there := plain["plugins.security.disabled"]; there {
		t.Error("a node without the security plugin refuses its setting")
	}
	secured := settings(Distribution{Security: true}, p, "c", "n", 1, 2, map[string]string{"node.name": "mine"})
	if secured["plugins.security.disabled"] != "true" || secured["node.name"] != "mine" || secured["network.host"] != "127.0.0.1" {
		t.Errorf("got %v", secured)
	}
	if len(secured) != len(plain)+1 {
		t.Errorf("got %v and %v", slices.Sorted(maps.Keys(secured)), slices.Sorted(maps.Keys(plain)))
	}
}

func TestLinkReadable_LeavesPermissionsOfTheOriginal(t *testing.T) {
	from, to := t.TempDir(), filepath.Join(t.TempDir(), "copy")
	write(t, filepath.Join(from, "a", "secret"), "x", 0o600)
	write(t, filepath.Join(from, "a", "java"), "x", 0o755)
	if err := os.Symlink(filepath.Join(from, "a"), filepath.Join(from, "b")); err != nil {
		t.Fatal(err)
	}
	if err := copyTree(from, to, linkReadable); err != nil {
		t.Fatal(err)
	}
	for name, mode := range map[string]os.FileMode{
		filepath.Join(to, "a", "secret"): 0o644, filepath.Join(to, "b", "secret"): 0o644,
		filepath.Join(to, "a", "java"): 0o755, filepath.Join(from, "a", "secret"): 0o600,
	} {
		info, err := os.Stat(name)
		if err != nil {
			t.Fatal(err)
		}
		if info.Mode().Perm() != mode {
			t.Errorf("%s is %v, want %v", name, info.Mode().Perm(), mode)
		}
	}
}

func TestAccount_Reaches(t *testing.T) {
	dir := openDir(t)
	write(t, filepath.Join(dir, "open", "file"), "", 0o644)
	write(t, filepath.Join(dir, "open", "secret"), "", 0o600)
	write(t, filepath.Join(dir, "closed", "file"), "", 0o644)
	if err := os.Chmod(filepath.Join(dir, "closed"), 0o700); err != nil {
		t.Fatal(err)
	}
	other := &account{name: "nobody"}
	for path, want := range map[string]bool{"open/file": true, "open/secret": false, "closed/file": false, "missing": false} {
		if got := other.reaches(filepath.Join(dir, path)); got != want {
			t.Errorf("another user reaches %s: %t", path, got)
		}
	}
	var self *account
	if !self.reaches(filepath.Join(dir, "closed", "file")) {
		t.Error("this user does not reach its own file")
	}
}
