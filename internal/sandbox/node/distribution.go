// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

// Package node starts real OpenSearch nodes, each a process of its own with data of its own.
//
// A node is started from a [Distribution]: one put together from the jars of Maven Central ([Maven]),
// or an unpacked one ([FromHome]). A distribution is only read. What a node writes (configuration, data,
// logs, temporary files) is in a folder of its own, which is removed when the node is stopped, and also
// when this process is killed: see guard.go.
package node

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// DefaultVersion is the OpenSearch version that [Maven] is asked for unless a user wants another: it runs
// on JDK 17, which most machines have.
const DefaultVersion = "2.19.4"

// ccrPlugin and securityPlugin are the names that the plugins carry in their plugin-descriptor.properties.
const (
	ccrPlugin      = "opensearch-cross-cluster-replication"
	securityPlugin = "opensearch-security"
)

// Distribution is an OpenSearch that nodes can be started from. Nothing is written into its home.
type Distribution struct {
	Home    string // folder with lib, modules and perhaps plugins, config and jdk
	Version string // "2.19.4"
	Java    string // path of the java command that fits the version

	CCR      bool // the cross-cluster-replication plugin is installed
	Security bool // the security plugin is installed; nodes are started with it disabled

	java      jdk
	plugins   int    // number of installed plugins
	archive   string // of classes, a path in Home; empty is none
	archiving bool   // its nodes write the archive
}

// Default returns the distribution that the environment asks for: that in OPENSEARCH_HOME where it is set,
// else from Maven Central the version given, of OPENSEARCH_VERSION, or [DefaultVersion]. progress is for
// [Maven].
func Default(ctx context.Context, version string, progress func(format string, args ...any)) (Distribution, error) {
	if home := os.Getenv("OPENSEARCH_HOME"); home != "" {
		return FromHome(ctx, home)
	}
	if version == "" {
		version = os.Getenv("OPENSEARCH_VERSION")
	}
	return Maven(ctx, version, progress)
}

// FromHome describes the unpacked distribution in home: an official one, or any folder of the same layout
// (see [LayOut]). It uses the JDK in home/jdk where there is one, else one of this machine that fits.
func FromHome(ctx context.Context, home string) (Distribution, error) {
	home, err := filepath.Abs(home)
	if err == nil {
		// So that a java command found in it, links resolved, is seen to be its own.
		home, err = filepath.EvalSymlinks(home)
	}
	if err != nil {
		return Distribution{}, fmt.Errorf("home of OpenSearch, which OPENSEARCH_HOME names: %w", err)
	}
	version, err := homeVersion(home)
	if err != nil {
		return Distribution{}, err
	}
	plugins, err := installedPlugins(home)
	if err != nil {
		return Distribution{}, err
	}
	java, err := findJava(ctx, version, home)
	if err != nil {
		return Distribution{}, err
	}
	return Distribution{
		Home:     home,
		Version:  version,
		Java:     java.path,
		CCR:      plugins[ccrPlugin],
		Security: plugins[securityPlugin],
		java:     java,
		plugins:  len(plugins),
	}, nil
}

// homeVersion reads the version off the name of the server's jar, lib/opensearch-2.19.4.jar, which is the
// one thing that every layout has.
func homeVersion(home string) (string, error) {
	jars, err := filepath.Glob(filepath.Join(home, "lib", "opensearch-[0-9]*.jar"))
	if err != nil {
		return "", fmt.Errorf("home of OpenSearch %s: %w", home, err)
	}
	if len(jars) != 1 {
		return "", fmt.Errorf("%s is not a home of OpenSearch: it must hold one lib/opensearch-VERSION.jar and has %d; "+
			"OPENSEARCH_HOME names the folder that an OpenSearch archive unpacks to", home, len(jars))
	}
	version := strings.TrimSuffix(strings.TrimPrefix(filepath.Base(jars[0]), "opensearch-"), ".jar")
	return strings.TrimSuffix(version, "-SNAPSHOT"), nil
}

// installedPlugins returns the names of the plugins in home/plugins; none if there is no such folder.
func installedPlugins(home string) (map[string]bool, error) {
	entries, err := os.ReadDir(filepath.Join(home, "plugins"))
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("plugins of OpenSearch: %w", err)
	}
	names := map[string]bool{}
	for _, entry := range entries {
		if !isDir(filepath.Join(home, "plugins", entry.Name())) {
			continue
		}
		descriptor := filepath.Join(home, "plugins", entry.Name(), "plugin-descriptor.properties")
		text, err := os.ReadFile(descriptor)
		if errors.Is(err, os.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("plugins of OpenSearch: %w", err)
		}
		for line := range strings.Lines(string(text)) {
			if key, value, ok := strings.Cut(line, "="); ok && strings.TrimSpace(key) == "name" {
				names[strings.TrimSpace(value)] = true
			}
		}
	}
	return names, nil
}

// major is the number before the first dot of a version; 0 if there is none.
func major(version string) int {
	var n int
	if _, err := fmt.Sscanf(version, "%d", &n); err != nil {
		return 0
	}
	return n
}
