// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package node

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestJavaFor(t *testing.T) {
	for _, test := range []struct {
		version string
		feature int
		want    bool
	}{
		{"2.19.4", 8, false}, {"2.19.4", 11, true}, {"2.19.4", 17, true}, {"2.19.4", 23, true}, {"2.19.4", 25, false},
		{"3.6.0", 17, false}, {"3.6.0", 21, true}, {"3.6.0", 25, true},
	} {
		if got := javaFor(test.version).holds(test.feature); got != test.want {
			t.Errorf("OpenSearch %s on JDK %d: %t", test.version, test.feature, got)
		}
	}
}

func TestParseJavaVersion(t *testing.T) {
	for out, want := range map[string]int{
		"openjdk version \"17.0.15\" 2025-04-15\nOpenJDK Runtime": 17,
		"Picked up X\njava version \"1.8.0_402\"\n":               8,
		"openjdk version \"25\" 2025-09-16":                       25,
	} {
		if got, err := parseJavaVersion(out); got != want || err != nil {
			t.Errorf("%q: %d, %v", out, got, err)
		}
	}
	if _, err := parseJavaVersion("The operation couldn’t be completed.\nmore"); err == nil || strings.Contains(err.Error(), "more") {
		t.Errorf("got %v", err)
	}
}

func TestFindJava_TakesTheFirstThatFits(t *testing.T) {
	dir := openDir(t)
	fakeJava(t, filepath.Join(dir, "old", "bin", "java"), "1.8.0_402")
	fakeJava(t, filepath.Join(dir, "path", "java"), "17.0.1")
	t.Setenv("JAVA_HOME", filepath.Join(dir, "old"))
	t.Setenv("PATH", filepath.Join(dir, "path")+":/bin:/usr/bin")
	java, err := findJava(t.Context(), "2.19.4", "")
	if err != nil || java.path != filepath.Join(dir, "path", "java") || java.feature != 17 {
		t.Errorf("got %+v, %v", java, err)
	}
}

func TestNoJava_SaysWhatIsNeededAndHowToGetIt(t *testing.T) {
	err := noJava("3.6.0", javaFor("3.6.0"), []string{"/usr/bin/java (JDK 17)"})
	for _, part := range []string{"OpenSearch 3.6.0 needs a JDK 21 or newer", "found only /usr/bin/java (JDK 17)", "apt-get install openjdk-21", "JAVA_HOME"} {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("%q is not in: %v", part, err)
		}
	}
	if err := noJava("2.19.4", javaFor("2.19.4"), nil); !strings.Contains(err.Error(), "JDK 11 to 23, none was found") {
		t.Errorf("got %v", err)
	}
}

func TestBroughtOptions(t *testing.T) {
	config := t.TempDir()
	write(t, filepath.Join(config, "jvm.options"), strings.Join([]string{
		"# comment", "", "-Xms1g", "-XX:+HeapDumpOnOutOfMemoryError", "8-10:-XX:+UseConcMarkSweepGC",
		"-Djava.io.tmpdir=${OPENSEARCH_TMPDIR}", "-Dclk.tck=100", "--add-opens=jdk.attach/sun.tools.attach=ALL-UNNAMED",
		"18-:-Djava.security.manager=allow", "9-:-Xlog:gc*", "21-:-javaagent:agent/opensearch-agent.jar", "17:-Donly17=yes", "8-13:-Dold=yes",
	}, "\n"), 0o644)
	for feature, want := range map[int][]string{
		17: {"-Dclk.tck=100", "--add-opens=jdk.attach/sun.tools.attach=ALL-UNNAMED", "-Donly17=yes"},
		21: {"-Dclk.tck=100", "--add-opens=jdk.attach/sun.tools.attach=ALL-UNNAMED", "-javaagent:agent/opensearch-agent.jar"},
		11: {"-Dclk.tck=100", "--add-opens=jdk.attach/sun.tools.attach=ALL-UNNAMED", "-Dold=yes"},
	} {
		got, err := broughtOptions(config, feature)
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("JDK %d: %q, %v, want %q", feature, got, err, want)
		}
	}
	if got, err := broughtOptions(t.TempDir(), 17); got != nil || err != nil {
		t.Errorf("without a file: %q, %v", got, err)
	}
}

func TestCommand_WithAnArchiveOfClasses(t *testing.T) {
	home := t.TempDir()
	write(t, filepath.Join(home, "lib", "b.jar"), "", 0o644)
	write(t, filepath.Join(home, "lib", "a.jar"), "", 0o644)
	p := pathsIn("/n")
	use := "-XX:SharedArchiveFile=" + filepath.Join(home, "cds", "x.jsa")
	d := Distribution{Version: "2.19.4", java: jdk{feature: 17}, archive: "cds/x.jsa"}
	has := func(d Distribution, options ...string) {
		t.Helper()
		line, err := command(d, home, p, "256m")
		if err != nil {
			t.Fatal(err)
		}
		for _, option := range append(options, "lib/a.jar:lib/b.jar", "-Djava.security.policy=/n/config/relative-jars.policy") {
			if !slices.Contains(line, option) {
				t.Errorf("%s is not in %q", option, line)
			}
		}
		if len(options) == 0 && slices.Contains(line, use) {
			t.Errorf("an archive that is not there is in %q", line)
		}
	}
	has(d)
	write(t, filepath.Join(home, "cds", "x.jsa"), "", 0o644)
	has(d, use)
	d.archiving = true
	has(d, "-XX:ArchiveClassesAtExit=/n/tmp/classes.jsa")
}

func TestCommand_SecurityManagerOnlyWhereOpenSearchHasOne(t *testing.T) {
	const allow = "-Djava.security.manager=allow"
	for _, test := range []struct {
		version string
		feature int
		want    bool
	}{{"2.19.4", 17, true}, {"2.19.4", 11, false}, {"3.6.0", 21, false}} {
		line, err := command(Distribution{Version: test.version, java: jdk{feature: test.feature}}, t.TempDir(), pathsIn("/n"), "256m")
		if err != nil || slices.Contains(line, allow) != test.want {
			t.Errorf("%s on JDK %d: %q, %v", test.version, test.feature, line, err)
		}
	}
}
