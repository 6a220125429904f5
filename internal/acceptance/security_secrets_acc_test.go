// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package acceptance

import (
	"archive/zip"
	"bytes"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"testing"
)

// written calls look with everything that is below dir, and with what is in zip archives such as plans.
func written(t *testing.T, dir string, look func(name string, text []byte)) {
	t.Helper()
	err := filepath.WalkDir(dir, func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		text, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		look(name, text)
		archive, err := zip.NewReader(bytes.NewReader(text), int64(len(text)))
		if errors.Is(err, zip.ErrFormat) {
			return nil
		}
		if err != nil {
			return err
		}
		for _, file := range archive.File {
			in, err := file.Open()
			if err != nil {
				return err
			}
			inside, err := io.ReadAll(in)
			if err = errors.Join(err, in.Close()); err != nil {
				return err
			}
			look(name+": "+file.Name, inside)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// secretPatterns are what a token, a key or a password looks like. Those of examples are made up and known.
var secretPatterns = regexp.MustCompile(`AVNS_[A-Za-z0-9_-]{8,}|AKIA[0-9A-Z]{16}|-----BEGIN [A-Z ]*PRIVATE KEY-----\s*\n\s*[A-Za-z0-9+/]{40}|aivenv1 [A-Za-z0-9+/=]{20,}`)

// Docs, examples and recordings have no secret in them.
func TestSecurity_NoSecretInDocsAndRecordings(t *testing.T) {
	t.Parallel()
	root := filepath.Join("..", "..")
	for _, dir := range []string{"docs", "examples", "templates", "internal/sandbox/recording/testdata", "internal/sandbox/controlplane/testdata"} {
		written(t, filepath.Join(root, dir), func(name string, text []byte) {
			if found := secretPatterns.Find(text); found != nil {
				t.Errorf("%s has what looks like a secret: %.12s…", name, found)
			}
		})
	}
}
