// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package node

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
)

// command returns the command line that starts the node. home is where its process finds the distribution.
func command(d Distribution, home string, p paths, heap string) ([]string, error) {
	brought, err := broughtOptions(filepath.Join(home, "config"), d.java.feature)
	if err != nil {
		return nil, err
	}
	line := append([]string{d.javaIn(home)}, brought...)
	line = append(line,
		"-Xms"+heap, "-Xmx"+heap,
		// A sandbox starts many nodes on few cores for a short time: the cheapest collector, and no time
		// for a compiler that pays off later.
		"-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1",
		"-Djava.io.tmpdir="+p.temp,
	)
	line = append(line, launcherOptions...)
	line = append(line,
		"-Dopensearch.path.home="+home,
		"-Dopensearch.path.conf="+p.config,
		"-Dopensearch.distribution.type=tar",
		"-Dopensearch.bundled_jdk=false",
	)
	if major(d.Version) < 3 && d.java.feature >= 12 {
		// OpenSearch 2 installs a security manager, which later JDKs allow only when asked to.
		line = append(line, "-Djava.security.manager=allow")
	}
	classPath, err := d.classPath(home)
	if err != nil {
		return nil, err
	}
	line = append(line, d.archiveOptions(home, p)...)
	return append(line, "-cp", classPath, "org.opensearch.bootstrap.OpenSearch"), nil
}

// launcherOptions are those that OpenSearch's own launcher adds to every node. Without the one about log4j's
// shutdown hook a node that is asked to end hangs, because its log is closed before it.
var launcherOptions = []string{
	"-Xss1m",
	"-Djava.awt.headless=true",
	"-Dfile.encoding=UTF-8",
	"-Djna.nosys=true",
	"-XX:-OmitStackTraceInFastThrow",
	"-Dio.netty.noUnsafe=true",
	"-Dio.netty.noKeySetOptimization=true",
	"-Dio.netty.recycler.maxCapacityPerThread=0",
	"-Dio.netty.allocator.numDirectArenas=0",
	"-Dlog4j.shutdownHookEnabled=false",
	"-Dlog4j2.disable.jmx=true",
}

// optionLine is a line of a jvm.options file: an option, perhaps after the JDKs that it is for, as in
// "8-13:-Xlog", "21-:-javaagent:…" and "17:-D…".
var optionLine = regexp.MustCompile(`^(?:(\d+)(?:(-)(\d*))?:)?(-.+)$`)

// broughtOptions returns those options of a distribution's jvm.options that its parts need to work: the
// system properties, opened modules and agents. Heap, collector and logs are for the sandbox to choose.
func broughtOptions(config string, javaFeature int) ([]string, error) {
	text, err := os.ReadFile(filepath.Join(config, "jvm.options"))
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("options for the JVM of the distribution: %w", err)
	}
	var kept []string
	for line := range strings.Lines(string(text)) {
		match := optionLine.FindStringSubmatch(strings.TrimSpace(line))
		if match == nil || !forFeature(match[1], match[2] != "", match[3], javaFeature) || !partsNeed(match[4]) {
			continue
		}
		kept = append(kept, match[4])
	}
	return kept, nil
}

// forFeature tells whether an option for the JDKs from least (to most, if it is a range; most may be
// missing) is for this one.
func forFeature(least string, isRange bool, most string, feature int) bool {
	if least == "" {
		return true
	}
	from, err := strconv.Atoi(least)
	if err != nil || feature < from {
		return false
	}
	if !isRange {
		return feature == from
	}
	to, err := strconv.Atoi(most)
	return err != nil || feature <= to
}

func partsNeed(option string) bool {
	for _, ours := range []string{"-Djava.io.tmpdir", "-Djava.security.manager"} {
		if strings.HasPrefix(option, ours) {
			return false
		}
	}
	for _, kind := range []string{"-D", "--add-opens", "--add-exports", "--add-modules", "-javaagent:"} {
		if strings.HasPrefix(option, kind) {
			return !strings.Contains(option, "${")
		}
	}
	return false
}

// javaIn returns the java command: of the distribution's own JDK the one in home, which may be a copy.
func (d Distribution) javaIn(home string) string {
	if own, err := filepath.Rel(d.Home, d.Java); err == nil && filepath.IsLocal(own) {
		return filepath.Join(home, own)
	}
	return d.Java
}
