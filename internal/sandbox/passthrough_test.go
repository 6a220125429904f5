// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package sandbox

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/sandbox/controlplane"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/sandbox/node"
)

// The plugin itself is not to be had here, so one that carries its name and does nothing stands for it: that
// the node answers "no handler" shows that the request reached it.
func TestSandbox_PassesThroughWhereTheNodeHasThePlugin(t *testing.T) {
	t.Setenv("OPENSEARCH_HOME", homeWithPlugin(t))
	s := startSandbox(t, controlplane.BehaviourNew)
	if !s.RealCCR() {
		t.Fatal("the plugin in OPENSEARCH_HOME is not seen")
	}
	cluster, err := s.StartCluster(t.Context(), "real", ClusterOptions{})
	if err != nil {
		t.Fatal(err)
	}
	status, answer, err := cluster.Do(t.Context(), http.MethodGet, "/_plugins/_replication/movies/_status", nil)
	if err != nil || status != http.StatusBadRequest || !strings.Contains(string(answer), "no handler found") {
		t.Errorf("got %d %s %v, want the node's own answer", status, answer, err)
	}
}

// homeWithPlugin lays out a home of OpenSearch with the plugin of no content.
func homeWithPlugin(t *testing.T) string {
	t.Helper()
	if testing.Short() {
		t.Skip("it needs an OpenSearch node")
	}
	d, err := node.Maven(t.Context(), "", t.Logf)
	if err != nil {
		t.Fatal(err)
	}
	home := t.TempDir()
	for _, part := range []string{"lib", "modules"} {
		if err := os.Symlink(filepath.Join(d.Home, part), filepath.Join(home, part)); err != nil {
			t.Fatal(err)
		}
	}
	plugin := filepath.Join(home, "plugins", "opensearch-cross-cluster-replication")
	if err := os.MkdirAll(plugin, 0o755); err != nil {
		t.Fatal(err)
	}
	descriptor := fmt.Sprintf("description=none\nversion=%[1]s.0\nname=opensearch-cross-cluster-replication\n"+
		"classname=stub.StubPlugin\njava.version=11\nopensearch.version=%[1]s\nhas.native.controller=false\n", d.Version)
	for name, content := range map[string][]byte{
		"plugin-descriptor.properties": []byte(descriptor),
		"stub.jar":                     jar(t, "stub/StubPlugin.class", pluginClass("stub/StubPlugin")),
	} {
		if err := os.WriteFile(filepath.Join(plugin, name), content, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return home
}

func jar(t *testing.T, name string, content []byte) []byte {
	t.Helper()
	var out bytes.Buffer
	archive := zip.NewWriter(&out)
	file, err := archive.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	_, err = file.Write(content)
	if err := errors.Join(err, archive.Close()); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// pluginClass is a Java class that does nothing but extend OpenSearch's Plugin, since a JDK with a compiler
// is not required here. See chapter 4 of the JVM's specification for what the numbers are.
func pluginClass(name string) []byte {
	var b []byte
	u2 := func(values ...uint16) {
		for _, v := range values {
			b = binary.BigEndian.AppendUint16(b, v)
		}
	}
	text := func(s string) {
		b = append(b, 1)
		u2(uint16(len(s)))
		b = append(b, s...)
	}
	pair := func(tag byte, values ...uint16) {
		b = append(b, tag)
		u2(values...)
	}
	b = binary.BigEndian.AppendUint32(b, 0xCAFEBABE)
	u2(0, 55) // of Java 11
	u2(10)    // constants, counted from 1:
	text(name)
	pair(7, 1) // 2: this class
	text("org/opensearch/plugins/Plugin")
	pair(7, 3) // 4: its superclass
	text("<init>")
	text("()V")
	pair(12, 5, 6)
	pair(10, 4, 7) // 8: the superclass's constructor
	text("Code")
	u2(0x21, 2, 4, 0, 0)                        // public class, no interfaces, no fields
	u2(1, 1, 5, 6, 1)                           // one method, the public constructor, with one attribute:
	u2(9, 0, 17, 1, 1)                          // its code of 17 bytes, a stack of 1, 1 local
	u2(0, 5)                                    // five bytes of instructions:
	b = append(b, 0x2A, 0xB7, 0x00, 0x08, 0xB1) // aload_0, invokespecial 8, return
	u2(0, 0, 0)                                 // no exceptions, no attributes of the code, none of the class
	return b
}
