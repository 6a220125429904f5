// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package node

import (
	"context"
	"crypto/sha256"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"time"
)

// javaRange is the range of JDKs that a version of OpenSearch starts on.
type javaRange struct {
	least int
	most  int // 0: no upper bound
}

// javaFor gives the JDKs for an OpenSearch version. OpenSearch 2 needs the security manager, which JDK 24
// took away; OpenSearch 3 is compiled for 21.
func javaFor(version string) javaRange {
	if major(version) >= 3 {
		return javaRange{least: 21}
	}
	return javaRange{least: 11, most: 23}
}

func (r javaRange) holds(feature int) bool {
	return feature >= r.least && (r.most == 0 || feature <= r.most)
}

func (r javaRange) String() string {
	if r.most == 0 {
		return fmt.Sprintf("%d or newer", r.least)
	}
	return fmt.Sprintf("%d to %d", r.least, r.most)
}

// findJava returns the java command for an OpenSearch version: the distribution's own JDK, else the first
// that fits of JAVA_HOME, PATH and the places where packages put JDKs.
func findJava(ctx context.Context, version, home string) (jdk, error) {
	fits := javaFor(version)
	as, err := nodeAccount()
	if err != nil {
		return jdk{}, err
	}
	var seen []string
	for _, java := range javaCandidates(ctx, home) {
		found, err := askJava(ctx, java)
		if err != nil {
			seen = append(seen, fmt.Sprintf("%s (%v)", java, err))
			continue
		}
		if own := home != "" && strings.HasPrefix(java, home+string(filepath.Separator)); !own && !as.reaches(java) {
			// The distribution's own is copied with it where it cannot be reached.
			seen = append(seen, fmt.Sprintf("%s (not readable for the user %s, which nodes run as)", java, as.name))
			continue
		}
		if fits.holds(found.feature) {
			return found, nil
		}
		seen = append(seen, fmt.Sprintf("%s (JDK %d)", java, found.feature))
	}
	return jdk{}, noJava(version, fits, seen)
}

// noJava says which JDK is needed, which were seen, and how to get one.
func noJava(version string, fits javaRange, seen []string) error {
	found := "none was found"
	if len(seen) > 0 {
		found = "found only " + strings.Join(seen, ", ")
	}
	return fmt.Errorf("OpenSearch %s needs a JDK %s, %s; install one (Debian, Ubuntu: apt-get install "+
		"openjdk-%d-jre-headless; macOS: brew install openjdk@%d) or set JAVA_HOME to one",
		version, fits, found, suggestedJava(fits), suggestedJava(fits))
}

func suggestedJava(fits javaRange) int {
	if fits.holds(17) {
		return 17
	}
	return 21
}

// javaCandidates lists java commands that exist, best first, each once.
func javaCandidates(ctx context.Context, home string) []string {
	var homes []string
	if home != "" {
		homes = append(homes, filepath.Join(home, "jdk"), filepath.Join(home, "jdk.app", "Contents", "Home"))
	}
	if javaHome := os.Getenv("JAVA_HOME"); javaHome != "" {
		homes = append(homes, javaHome)
	}
	var candidates []string
	for _, h := range homes {
		candidates = append(candidates, filepath.Join(h, "bin", "java"))
	}
	if path, err := exec.LookPath("java"); err == nil {
		candidates = append(candidates, path)
	}
	patterns := []string{
		"/usr/lib/jvm/*/bin/java",
		"/opt/homebrew/opt/openjdk*/bin/java",
		"/usr/local/opt/openjdk*/bin/java",
		"/Library/Java/JavaVirtualMachines/*/Contents/Home/bin/java",
	}
	for _, pattern := range patterns {
		// The only error of Glob is a malformed pattern.
		matches, _ := filepath.Glob(pattern)
		candidates = append(candidates, matches...)
	}
	if runtime.GOOS == "darwin" {
		// java_home fails where no JDK is registered, and then there is nothing to add.
		if out, err := exec.CommandContext(ctx, "/usr/libexec/java_home").Output(); err == nil {
			candidates = append(candidates, filepath.Join(strings.TrimSpace(string(out)), "bin", "java"))
		}
	}
	return existing(candidates)
}

// existing resolves links and drops what is not there or was named before.
func existing(commands []string) []string {
	var kept []string
	seen := map[string]bool{}
	for _, command := range commands {
		resolved, err := filepath.EvalSymlinks(command)
		if err != nil || seen[resolved] {
			continue
		}
		seen[resolved] = true
		kept = append(kept, resolved)
	}
	return kept
}

// javaVersionLine finds the version in the first line of `java -version`: openjdk version "17.0.15" or, of
// Java 8, "1.8.0_402".
var javaVersionLine = regexp.MustCompile(`version "(?:1\.)?(\d+)`)

// jdk is a java command and what it says of itself.
type jdk struct {
	path    string
	feature int    // 17 for a JDK 17.0.15
	version string // all that java -version prints
}

// key is a name that no other JDK has.
func (j jdk) key() string {
	sum := sha256.Sum256([]byte(j.path + "\n" + j.version))
	return fmt.Sprintf("jdk-%d-%x", j.feature, sum[:4])
}

// askJava asks a java command for its version.
func askJava(ctx context.Context, java string) (jdk, error) {
	// macOS has a /usr/bin/java that only opens a dialogue; it must not hold up the start.
	ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	out, err := exec.CommandContext(ctx, java, "-version").CombinedOutput()
	if err != nil {
		return jdk{}, fmt.Errorf("java -version: %w", err)
	}
	feature, err := parseJavaVersion(string(out))
	return jdk{path: java, feature: feature, version: string(out)}, err
}

// parseJavaVersion finds the feature release, 17 for 17.0.15.
func parseJavaVersion(out string) (int, error) {
	match := javaVersionLine.FindStringSubmatch(out)
	if match == nil {
		first, _, _ := strings.Cut(out, "\n")
		return 0, fmt.Errorf("java -version says %q, which names no version", first)
	}
	return strconv.Atoi(match[1])
}
