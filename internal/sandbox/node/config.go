// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package node

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// paths are the folders of one node. The distribution's home is none of them.
type paths struct{ root, config, data, logs, temp string }

func pathsIn(root string) paths {
	return paths{
		root:   root,
		config: filepath.Join(root, "config"),
		data:   filepath.Join(root, "data"),
		logs:   filepath.Join(root, "logs"),
		temp:   filepath.Join(root, "tmp"),
	}
}

// console is the file that takes what the node prints.
func (p paths) console() string { return filepath.Join(p.logs, "console.log") }

// archive is where the node writes the archive of its classes, and policy its permission to read jars.
func (p paths) archive() string { return filepath.Join(p.temp, "classes.jsa") }
func (p paths) policy() string  { return filepath.Join(p.config, "relative-jars.policy") }

// make creates the folders and copies the configuration that the distribution brings for its parts, such
// as log4j2.properties and the folders of plugins; opensearch.yml and the JVM's options are the node's own.
func (p paths) make(home string) error {
	for _, dir := range []string{p.config, p.data, p.logs, p.temp} {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			return fmt.Errorf("folders of the node: %w", err)
		}
	}
	brought := filepath.Join(home, "config")
	if isDir(brought) {
		if err := copyTree(brought, p.config, copyFile); err != nil {
			return fmt.Errorf("configuration of the node: %w", err)
		}
	}
	if err := os.WriteFile(p.policy(), []byte(relativeJars), 0o644); err != nil {
		return fmt.Errorf("configuration of the node: %w", err)
	}
	log4j := filepath.Join(p.config, "log4j2.properties")
	if _, err := os.Stat(log4j); errors.Is(err, os.ErrNotExist) {
		if err := os.WriteFile(log4j, []byte(log4jProperties), 0o644); err != nil {
			return fmt.Errorf("configuration of the node: %w", err)
		}
	}
	return nil
}

// writeSettings writes opensearch.yml.
func (p paths) writeSettings(settings map[string]string) error {
	var yml strings.Builder
	for _, key := range slices.Sorted(maps.Keys(settings)) {
		// A quoted Go string of printable ASCII is a quoted YAML string too; OpenSearch reads numbers,
		// booleans and comma-separated lists from strings.
		fmt.Fprintf(&yml, "%s: %s\n", key, strconv.QuoteToASCII(settings[key]))
	}
	if err := os.WriteFile(filepath.Join(p.config, "opensearch.yml"), []byte(yml.String()), 0o644); err != nil {
		return fmt.Errorf("configuration of the node: %w", err)
	}
	return nil
}

// settings are the settings of a one-node cluster on the loopback interface; extra ones come last.
func settings(d Distribution, p paths, cluster, name string, httpPort, transportPort int, extra map[string]string) map[string]string {
	all := map[string]string{
		"cluster.name":   cluster,
		"node.name":      name,
		"node.roles":     "cluster_manager,data,ingest,remote_cluster_client",
		"network.host":   "127.0.0.1",
		"http.port":      strconv.Itoa(httpPort),
		"transport.port": strconv.Itoa(transportPort),
		"discovery.type": "single-node",
		"path.data":      p.data,
		"path.logs":      p.logs,
		// A laptop's full disk must not make every index of every test read-only.
		"cluster.routing.allocation.disk.threshold_enabled": "false",
	}
	if d.Security {
		// A node without the plugin refuses the setting.
		all["plugins.security.disabled"] = "true"
	}
	maps.Copy(all, extra)
	return all
}
