// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

// Demo shows the main job of the provider on this machine: a follower from one terraform apply, on real
// OpenSearch nodes, from nothing to nothing. It is what make demo runs. It ends with an error at anything
// that is not as it should be, and leaves no process and no folder behind, also on Ctrl-C.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

func main() {
	archive := flag.String("archive", "", "install the provider from this release archive with terraform init, instead of building it from this tree")
	picture := flag.String("svg", "", "record what is printed in this file, as a picture")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	recorded := newCast(time.Now)
	teller := newNarrator(io.MultiWriter(os.Stdout, recorded), time.Now)
	err := run(ctx, teller, *archive)
	if err == nil && *picture != "" {
		err = os.WriteFile(*picture, recorded.svg(), 0o644)
	}
	if err != nil {
		fmt.Fprintf(os.Stderr, "\ndemo: %v\n", err)
		os.Exit(1)
	}
}

// run tells the story in a temporary folder.
func run(ctx context.Context, teller *narrator, archive string) (err error) {
	root, err := moduleRoot(ctx)
	if err != nil {
		return err
	}
	work, err := os.MkdirTemp("", "opensearch-demo-")
	if err != nil {
		return fmt.Errorf("temporary folder: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(work)) }()
	// The nodes run as another user where this one is root, and must get through to their folders.
	if err := os.Chmod(work, 0o711); err != nil {
		return fmt.Errorf("temporary folder: %w", err)
	}

	s := &story{teller: teller, root: root, work: work, archive: archive}
	stop := teller.live(s.progress)
	defer stop()
	return s.tell(ctx)
}

// moduleRoot is the folder of this tree's go.mod.
func moduleRoot(ctx context.Context) (string, error) {
	out, err := exec.CommandContext(ctx, "go", "env", "GOMOD").Output()
	if err != nil {
		return "", fmt.Errorf("go env GOMOD: %w", err)
	}
	file := strings.TrimSpace(string(out))
	if filepath.Base(file) != "go.mod" {
		return "", errors.New("run the demo inside the repository: make demo")
	}
	return filepath.Dir(file), nil
}
