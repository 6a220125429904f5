// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package node

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// archiveDir is the folder in a cached home for class archives.
const archiveDir = "cds"

// withClassArchive adds to a distribution of the cache an archive of the classes that a node loads, which the
// JVM then maps instead of loading and verifying them one by one: a node starts with half the work. It is
// made once, by a node that is started for it, and belongs to one JDK. A JVM that cannot use it starts
// without, so there is nothing to be had from failing: progress says why there is none.
func (d Distribution) withClassArchive(ctx context.Context, progress func(string, ...any)) (Distribution, error) {
	d.archive = filepath.Join(archiveDir, d.java.key()+".jsa")
	made := filepath.Join(d.Home, d.archive)
	if isFile(made) {
		return d, nil
	}
	unlock, err := lock(ctx, d.Home+".lock", func() {
		progress("waiting for another process that prepares OpenSearch %s", d.Version)
	})
	if err != nil {
		return d, err
	}
	if !isFile(made) {
		progress("preparing OpenSearch %s for quick starts (once)", d.Version)
		stop := everyFewSeconds(func(passed time.Duration) {
			progress("preparing OpenSearch %s: a first node writes down its classes (%s)", d.Version, passed)
		})
		err = d.makeArchive(ctx, made)
		stop()
	}
	err = errors.Join(err, unlock())
	if err != nil {
		if ctx.Err() != nil {
			return d, err
		}
		progress("nodes will start more slowly: %v", err)
		d.archive = ""
	}
	return d, nil
}

// makeArchive has a node write the archive when it ends.
func (d Distribution) makeArchive(ctx context.Context, made string) (err error) {
	d.archiving = true
	n, err := Start(ctx, d, Options{Name: "archive"})
	if err != nil {
		return fmt.Errorf("archive of classes: %w", err)
	}
	defer func() { err = errors.Join(err, n.Stop(ctx)) }()
	// The classes of a first write and a first search belong to it too.
	for _, request := range []struct{ method, path, body string }{
		{http.MethodPut, "/archive/_doc/1?refresh=true", `{"title":"x"}`},
		{http.MethodGet, "/archive/_search", `{"query":{"match":{"title":"x"}},"sort":["_seq_no"]}`},
	} {
		var answer map[string]any
		if err := n.call(ctx, request.method, request.path, strings.NewReader(request.body), &answer); err != nil {
			return fmt.Errorf("archive of classes: %w", err)
		}
	}
	if err := n.Shutdown(ctx); err != nil {
		return fmt.Errorf("archive of classes: %w", err)
	}
	if err := os.MkdirAll(filepath.Dir(made), 0o755); err != nil {
		return fmt.Errorf("archive of classes: %w", err)
	}
	// By a rename: one that is there under its name is whole.
	if err := copyFile(n.paths.archive(), made+".part"); err != nil {
		return fmt.Errorf("archive of classes: %w", err)
	}
	if err := os.Chmod(made+".part", 0o644); err != nil {
		return fmt.Errorf("archive of classes: %w", err)
	}
	return os.Rename(made+".part", made)
}

func isFile(name string) bool {
	info, err := os.Stat(name)
	return err == nil && info.Mode().IsRegular()
}

// classPath is the JVM's class path for a node that runs in home. With an archive it is relative to home,
// since the JVM compares it with that of the archive, and home may be a copy elsewhere.
func (d Distribution) classPath(home string) (string, error) {
	if d.archive == "" {
		return filepath.Join(home, "lib", "*"), nil
	}
	jars, err := filepath.Glob(filepath.Join(home, "lib", "*.jar"))
	if err != nil {
		return "", fmt.Errorf("class path of the node: %w", err)
	}
	for i, jar := range jars {
		jars[i] = filepath.Join("lib", filepath.Base(jar))
	}
	return strings.Join(jars, string(filepath.ListSeparator)), nil
}

// archiveOptions are the JVM's options to make or to use the archive.
func (d Distribution) archiveOptions(home string, p paths) []string {
	var options []string
	switch {
	case d.archive == "":
		return nil
	case d.archiving:
		options = append(options, "-XX:ArchiveClassesAtExit="+p.archive())
	case isFile(filepath.Join(home, d.archive)):
		options = append(options, "-XX:SharedArchiveFile="+filepath.Join(home, d.archive))
	}
	if major(d.Version) < 3 {
		// OpenSearch 2 grants the reading of its jars by their absolute paths.
		options = append(options, "-Djava.security.policy="+p.policy())
	}
	return options
}

// relativeJars is the policy that a relative class path needs.
const relativeJars = "grant {\n  permission java.io.FilePermission \"lib${/}*\", \"read\";\n};\n"
