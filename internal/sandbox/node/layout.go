// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package node

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// layoutRevision is part of the key of the cache: raise it when LayOut changes what it makes.
const layoutRevision = 2

// LayOut makes a home of OpenSearch in the folder home out of the jars in jars, which are linked where the
// file system can and copied where it cannot. It needs no network: the jars are those of the pom of this
// version.
func LayOut(home, jars, version string) error {
	lib := filepath.Join(home, "lib")
	module := filepath.Join(home, "modules", "transport-netty4")
	for _, dir := range []string{module, filepath.Join(home, "config")} {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			return fmt.Errorf("lay out OpenSearch: %w", err)
		}
	}
	if err := addFolders(home); err != nil {
		return fmt.Errorf("lay out OpenSearch: %w", err)
	}
	entries, err := os.ReadDir(jars)
	if err != nil {
		return fmt.Errorf("lay out OpenSearch: %w", err)
	}
	for _, entry := range entries {
		if filepath.Ext(entry.Name()) != ".jar" {
			continue
		}
		dir := lib
		if inTransportModule(entry.Name()) {
			dir = module
		}
		if err := linkOrCopy(filepath.Join(jars, entry.Name()), filepath.Join(dir, entry.Name())); err != nil {
			return fmt.Errorf("lay out OpenSearch: %w", err)
		}
	}
	files := map[string]string{
		filepath.Join(module, "plugin-descriptor.properties"): moduleDescriptor(version),
		filepath.Join(module, "plugin-security.policy"):       "grant {\n  permission java.security.AllPermission;\n};\n",
		filepath.Join(home, "config", "log4j2.properties"):    log4jProperties,
	}
	for name, text := range files {
		if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
			return fmt.Errorf("lay out OpenSearch: %w", err)
		}
	}
	return nil
}

// homeFolders are the folders that a node makes in its home where they are missing. Nothing may be written
// there, so they must all be there before.
var homeFolders = []string{"bin", "lib", "modules", "plugins"}

// hasFolders tells whether a home has all of its folders.
func hasFolders(home string) bool {
	return !slices.ContainsFunc(homeFolders, func(name string) bool { return !isDir(filepath.Join(home, name)) })
}

// addFolders makes the folders that a home does not have.
func addFolders(home string) error {
	for _, name := range homeFolders {
		if err := os.MkdirAll(filepath.Join(home, name), 0o755); err != nil {
			return err
		}
	}
	return nil
}

// inTransportModule tells the jars of the transport module from those of the server: the class loader of
// the module must not find its classes in the server's.
func inTransportModule(jar string) bool {
	for _, prefix := range []string{"transport-netty4-client-", "netty-", "opensearch-netty4-"} {
		if strings.HasPrefix(jar, prefix) {
			return true
		}
	}
	return false
}

func moduleDescriptor(version string) string {
	class := "org.opensearch.transport.Netty4Plugin"
	if major(version) >= 3 {
		class = "org.opensearch.transport.Netty4ModulePlugin"
	}
	return fmt.Sprintf(`description=Netty 4 based transport implementation
version=%[1]s
name=transport-netty4
classname=%[2]s
java.version=11
opensearch.version=%[1]s
has.native.controller=false
`, version, class)
}

// log4jProperties sends the node's log to its standard output, which is a file in its folder.
const log4jProperties = `status = error
appender.console.type = Console
appender.console.name = console
appender.console.layout.type = PatternLayout
appender.console.layout.pattern = [%d{ISO8601}][%-5p][%-25c{1.}] %m%n
rootLogger.level = info
rootLogger.appenderRef.console.ref = console
`

// linkOrCopy makes to the same file as from, or a copy of it on another file system.
func linkOrCopy(from, to string) error {
	if err := os.Link(from, to); err == nil {
		return nil
	}
	return copyFile(from, to)
}

// copyFile copies a file with its permissions and its time of change.
func copyFile(from, to string) (err error) {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer func() { err = closeAfter(in, err) }()
	info, err := in.Stat()
	if err != nil {
		return err
	}
	out, err := os.OpenFile(to, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, info.Mode().Perm())
	if err != nil {
		return err
	}
	if _, err = io.Copy(out, in); err != nil {
		return closeAfter(out, err)
	}
	if err := out.Close(); err != nil {
		return err
	}
	// The JVM takes a jar of another time for another jar than that of its class archive.
	return os.Chtimes(to, time.Time{}, info.ModTime())
}

// closeAfter closes c and reports the first error of the two.
func closeAfter(c io.Closer, err error) error {
	if closeErr := c.Close(); err == nil {
		return closeErr
	}
	return err
}
