// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package node

import (
	"bufio"
	"context"
	"crypto/sha256"
	"embed"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"
)

//go:embed maven/*.xml
var poms embed.FS

// progressEvery is how often a download says how far it is.
const progressEvery = 3 * time.Second

// Maven returns the distribution of a version, put together from Maven Central by the mvn command and kept
// in the user's cache folder, so that only the first call downloads (some 45 MB). Several processes may
// call it at once: one downloads, the others wait. progress gets a line every few seconds while that takes
// time; nil for none.
func Maven(ctx context.Context, version string, progress func(format string, args ...any)) (Distribution, error) {
	if version == "" {
		version = DefaultVersion
	}
	if progress == nil {
		progress = func(string, ...any) {}
	}
	pom, err := poms.ReadFile("maven/opensearch-" + version + ".xml")
	if err != nil {
		return Distribution{}, fmt.Errorf("OpenSearch %s cannot be put together from Maven Central: "+
			"the versions that can are %s; for another one set OPENSEARCH_HOME to its unpacked distribution",
			version, strings.Join(mavenVersions(), ", "))
	}
	// Before the download: without a JDK it would be of no use.
	if _, err := findJava(ctx, version, ""); err != nil {
		return Distribution{}, err
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		return Distribution{}, fmt.Errorf("folder for the jars of OpenSearch: %w", err)
	}
	home, err := cachedHome(ctx, filepath.Join(cache, "terraform-provider-opensearch-sandbox"), version, pom, progress)
	if err != nil {
		return Distribution{}, err
	}
	d, err := FromHome(ctx, home)
	if err != nil {
		return Distribution{}, err
	}
	return d.withClassArchive(ctx, progress)
}

// mavenVersions lists the versions that there is a pom for.
func mavenVersions() []string {
	entries, err := poms.ReadDir("maven")
	if err != nil {
		panic(err) // the folder is embedded
	}
	var names []string
	for _, entry := range entries {
		names = append(names, strings.TrimSuffix(strings.TrimPrefix(entry.Name(), "opensearch-"), ".xml"))
	}
	return names
}

// cachedHome returns the home for a pom in the folder cache, making it if it is not there. A home appears
// under its name by a rename, so one that is there is whole.
func cachedHome(ctx context.Context, cache, version string, pom []byte, progress func(string, ...any)) (home string, err error) {
	key := sha256.Sum256(fmt.Appendf(pom, "layout %d", layoutRevision))
	home = filepath.Join(cache, fmt.Sprintf("opensearch-%s-%x", version, key[:4]))
	if isDir(home) {
		return home, nil
	}
	if err := os.MkdirAll(cache, 0o755); err != nil {
		return "", fmt.Errorf("folder for the jars of OpenSearch: %w", err)
	}
	unlock, err := lock(ctx, home+".lock", func() {
		progress("waiting for another process that downloads OpenSearch %s", version)
	})
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, unlock()) }()
	if isDir(home) {
		return home, nil
	}
	work, err := os.MkdirTemp(cache, "download-")
	if err != nil {
		return "", fmt.Errorf("folder for the jars of OpenSearch: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(work)) }()
	if err := download(ctx, work, version, pom, progress); err != nil {
		return "", err
	}
	made := filepath.Join(work, "home")
	if err := LayOut(made, filepath.Join(work, "jars"), version); err != nil {
		return "", err
	}
	if err := os.Rename(made, home); err != nil {
		return "", fmt.Errorf("folder for the jars of OpenSearch: %w", err)
	}
	return home, nil
}

func isDir(name string) bool {
	info, err := os.Stat(name)
	return err == nil && info.IsDir()
}

// lock takes the file lock name, which the kernel releases when this process ends, however it ends. While
// another process holds it, waiting is called every few seconds.
func lock(ctx context.Context, name string, waiting func()) (unlock func() error, err error) {
	file, err := os.OpenFile(name, os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		return nil, fmt.Errorf("lock for the jars of OpenSearch: %w", err)
	}
	for tries := 0; ; tries++ {
		err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		if err == nil {
			return file.Close, nil
		}
		if !errors.Is(err, syscall.EWOULDBLOCK) {
			return nil, errors.Join(fmt.Errorf("lock %s: %w", name, err), file.Close())
		}
		if tries%15 == 0 {
			waiting()
		}
		select {
		case <-ctx.Done():
			return nil, errors.Join(fmt.Errorf("lock %s, held by another process: %w", name, ctx.Err()), file.Close())
		case <-time.After(200 * time.Millisecond):
		}
	}
}

// download has Maven copy the jars of pom into work/jars.
func download(ctx context.Context, work, version string, pom []byte, progress func(string, ...any)) error {
	mvn, err := exec.LookPath("mvn")
	if err != nil {
		return errors.New("the mvn command of Apache Maven is needed to fetch OpenSearch from Maven Central and is not " +
			"in PATH; install it (Debian, Ubuntu: apt-get install maven; macOS: brew install maven) or set " +
			"OPENSEARCH_HOME to an unpacked OpenSearch distribution")
	}
	pomFile := filepath.Join(work, "pom.xml")
	if err := os.WriteFile(pomFile, pom, 0o644); err != nil {
		return fmt.Errorf("download OpenSearch: %w", err)
	}
	progress("downloading OpenSearch %s from Maven Central (45 to 60 MB, once)", version)
	cmd := exec.CommandContext(ctx, mvn, "--batch-mode", "--file", pomFile,
		"dependency:copy-dependencies", "-DincludeScope=runtime", "-DoutputDirectory="+filepath.Join(work, "jars"))
	cmd.Dir = work
	// mvn is a script: a kill must reach the java that it starts, and Wait must not hang on its output.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	cmd.WaitDelay = 5 * time.Second
	output := &mavenOutput{}
	cmd.Stdout, cmd.Stderr = output, output

	stop := output.report(version, progress)
	err = cmd.Run()
	stop()
	if ctx.Err() != nil {
		return fmt.Errorf("download OpenSearch %s: %w", version, ctx.Err())
	}
	if err != nil {
		return fmt.Errorf("download OpenSearch %s: mvn dependency:copy-dependencies: %w; its last lines:\n%s",
			version, err, output.lastLines(15))
	}
	return nil
}

// mavenOutput keeps what mvn prints and counts the files that it says it downloaded.
type mavenOutput struct {
	mu   sync.Mutex
	text []byte
}

func (o *mavenOutput) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.text = append(o.text, p...)
	return len(p), nil
}

func (o *mavenOutput) bytes() []byte {
	o.mu.Lock()
	defer o.mu.Unlock()
	return append([]byte(nil), o.text...)
}

// lastLines returns the last n lines.
func (o *mavenOutput) lastLines(n int) string {
	lines := strings.Split(strings.TrimSpace(string(o.bytes())), "\n")
	return strings.Join(lines[max(0, len(lines)-n):], "\n")
}

// downloaded returns how many files are here and the name of the last one.
func (o *mavenOutput) downloaded() (files int, last string) {
	lines := bufio.NewScanner(strings.NewReader(string(o.bytes())))
	for lines.Scan() {
		_, rest, ok := strings.Cut(lines.Text(), "Downloaded from ")
		if !ok {
			continue
		}
		files++
		if _, url, ok := strings.Cut(rest, ": "); ok {
			url, _, _ = strings.Cut(url, " ")
			last = path.Base(url)
		}
	}
	return files, last
}

// report prints the state of the download every few seconds until stop is called.
func (o *mavenOutput) report(version string, progress func(string, ...any)) (stop func()) {
	return everyFewSeconds(func(passed time.Duration) {
		files, last := o.downloaded()
		if files == 0 {
			progress("downloading OpenSearch %s: Maven is starting (%s)", version, passed)
			return
		}
		progress("downloading OpenSearch %s: %d files so far, the last %s", version, files, last)
	})
}

// everyFewSeconds calls say with the time that has passed until stop is called.
func everyFewSeconds(say func(passed time.Duration)) (stop func()) {
	began := time.Now()
	done := make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() {
		tick := time.NewTicker(progressEvery)
		defer tick.Stop()
		for {
			select {
			case <-done:
				return
			case <-tick.C:
				say(time.Since(began).Round(time.Second))
			}
		}
	})
	return func() { close(done); wg.Wait() }
}
