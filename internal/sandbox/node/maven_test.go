// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package node

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// fakeMaven puts an mvn command into PATH that does what a script says; $jars is the folder for the jars.
func fakeMaven(t *testing.T, script string) {
	t.Helper()
	dir := t.TempDir()
	write(t, filepath.Join(dir, "mvn"), "#!/bin/sh\nfor a; do case $a in -DoutputDirectory=*) jars=${a#*=};; esac; done\n"+script, 0o755)
	t.Setenv("PATH", dir+":/bin:/usr/bin")
}

func TestCachedHome_DownloadsOnceForAllWhoAskAtOnce(t *testing.T) {
	count := filepath.Join(t.TempDir(), "count")
	fakeMaven(t, `echo x >> `+count+`; sleep 0.3; mkdir -p "$jars"; touch "$jars/opensearch-9.9.9.jar" "$jars/netty-x.jar"`)
	cache := t.TempDir()
	homes := make([]string, 4)
	var wg sync.WaitGroup
	for i := range homes {
		wg.Go(func() {
			home, err := cachedHome(t.Context(), cache, "9.9.9", []byte("<project/>"), func(string, ...any) {})
			if err != nil {
				t.Error(err)
			}
			homes[i] = home
		})
	}
	wg.Wait()
	if text, err := os.ReadFile(count); err != nil || string(text) != "x\n" {
		t.Errorf("downloads: %q, %v", text, err)
	}
	for _, home := range homes {
		if home != homes[0] {
			t.Errorf("homes %v", homes)
		}
	}
	for _, jar := range []string{"lib/opensearch-9.9.9.jar", "modules/transport-netty4/netty-x.jar"} {
		if _, err := os.Stat(filepath.Join(homes[0], jar)); err != nil {
			t.Error(err)
		}
	}
	if left, err := filepath.Glob(filepath.Join(cache, "download-*")); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
	// Another pom is another home.
	other, err := cachedHome(t.Context(), cache, "9.9.9", []byte("<project></project>"), func(string, ...any) {})
	if err != nil || other == homes[0] {
		t.Errorf("of another pom: %s, %v", other, err)
	}
}

func TestCachedHome_SaysWhatMavenSaid(t *testing.T) {
	fakeMaven(t, `echo '[ERROR] Could not resolve dependencies'; exit 1`)
	cache := t.TempDir()
	_, err := cachedHome(t.Context(), cache, "9.9.9", []byte("x"), func(string, ...any) {})
	if err == nil || !strings.Contains(err.Error(), "Could not resolve dependencies") {
		t.Errorf("got %v", err)
	}
	if left, err := filepath.Glob(filepath.Join(cache, "*")); err != nil || len(left) != 1 || filepath.Ext(left[0]) != ".lock" {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

func TestCachedHome_EndsWithItsContext(t *testing.T) {
	fakeMaven(t, `sleep 60 & wait`)
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	began := time.Now()
	_, err := cachedHome(ctx, t.TempDir(), "9.9.9", []byte("x"), func(string, ...any) {})
	if !errors.Is(err, context.DeadlineExceeded) || time.Since(began) > 5*time.Second {
		t.Errorf("after %s: %v", time.Since(began), err)
	}
}

func TestCachedHome_WithoutMaven(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	_, err := cachedHome(t.Context(), t.TempDir(), "9.9.9", []byte("x"), func(string, ...any) {})
	if err == nil || !strings.Contains(err.Error(), "apt-get install maven") || !strings.Contains(err.Error(), "OPENSEARCH_HOME") {
		t.Errorf("got %v", err)
	}
}

func TestLock_SaysThatItWaits(t *testing.T) {
	name := filepath.Join(t.TempDir(), "lock")
	unlock, err := lock(t.Context(), name, func() { t.Error("waited for nobody") })
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	waited := false
	if _, err := lock(ctx, name, func() { waited = true }); !errors.Is(err, context.DeadlineExceeded) || !waited {
		t.Errorf("waited %t, %v", waited, err)
	}
	if err := unlock(); err != nil {
		t.Fatal(err)
	}
	again, err := lock(t.Context(), name, func() { t.Error("waited for a lock that was given back") })
	if err != nil {
		t.Fatal(err)
	}
	if err := again(); err != nil {
		t.Error(err)
	}
}

func TestMavenOutput_Progress(t *testing.T) {
	output := &mavenOutput{}
	for _, file := range []string{"opensearch-core-2.19.4.jar", "lucene-core-9.12.3.jar"} {
		fmt.Fprintf(output, "[INFO] Downloading from x: https://h/p/%[1]s\n[INFO] Downloaded from x: https://h/p/%[1]s (1 kB at 2 kB/s)\n", file)
	}
	if files, last := output.downloaded(); files != 2 || last != "lucene-core-9.12.3.jar" {
		t.Errorf("got %d, %s", files, last)
	}
	if last := output.lastLines(1); !strings.Contains(last, "Downloaded from x: https://h/p/lucene-core") {
		t.Errorf("got %s", last)
	}
}

func TestFreePorts_AreNotGivenTwice(t *testing.T) {
	ports, err := freePorts(40)
	if err != nil {
		t.Fatal(err)
	}
	defer releasePorts(ports...)
	seen := map[int]bool{}
	for _, port := range ports {
		if seen[port] || port < firstPort || port >= lastPort {
			t.Errorf("port %d of %v", port, ports)
		}
		seen[port] = true
	}
}
