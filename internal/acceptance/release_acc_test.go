// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package acceptance

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/sandbox/cli"
)

// What a release has for this platform: it is signed as the registries want it,
// and a plain terraform init installs it. It takes minutes where nothing has been
// compiled before; `make release-check` runs it alone.
func TestLong_Release(t *testing.T) {
	platform := newMemoryPlatform(t, asItIs, unchanged)
	platform.service(leaderName, "business-4")
	w := newWorkspace(t, "AIVEN_TOKEN="+modelToken, "AIVEN_PROJECT="+modelProject, "AIVEN_WEB_URL="+platform.apiURL)

	keys := newKeyring(t)
	keys.must("../../scripts/archive", "GPG_FINGERPRINT="+keys.generate("rsa3072"))
	archives, err := filepath.Glob("../../dist/*.zip")
	if err != nil || len(archives) != 1 {
		t.Fatalf("archives: %v, %v", archives, err)
	}
	archive := archives[0]
	mirror, err := cli.NewMirror(t.Context(), archive, filepath.Join(t.TempDir(), "mirror"))
	if err != nil {
		t.Fatal(err)
	}
	version := mirror.Version
	checkArchive(t, archive, version)
	checkSums(t, keys, archive, version)
	checkSBOM(t, strings.TrimSuffix(archive, ".zip")+".cdx.json", version)

	for name, text := range map[string]string{"terraform.rc": mirror.Settings, "version_override.tf": mirror.Override} {
		if err := os.WriteFile(filepath.Join(w.dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	w.write(fmt.Sprintf(`
resource "opensearch_ccr_follower" "eu" {
  leader_service_name = %q
  service_name        = "search-eu"
  cloud_name          = "aws-eu-west-1"
}
`, leaderName))
	w.terraform("init", "-input=false").says("Installed opensearch-ccr/opensearch v"+version, "has been successfully initialized")
	w.terraform("apply", "-auto-approve", "-input=false").says("Apply complete! Resources: 1 added")
	w.planEmpty()
	w.terraform("destroy", "-auto-approve", "-input=false").says("Destroy complete! Resources: 1 destroyed")
}

// The Terraform Registry takes RSA keys only, and a release must not find out
// when it is too late. Only a snapshot may be left unsigned.
func TestLong_ReleaseSignature(t *testing.T) {
	keys := newKeyring(t)
	file := filepath.Join(t.TempDir(), "SHA256SUMS")
	if err := os.WriteFile(file, []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		fingerprint, snapshot, says string
		fails                       bool
	}{
		{keys.generate("ed25519"), "false", "is not an RSA key", true},
		{keys.generate("ed25519"), "true", "is not an RSA key", true},
		{"0123456789ABCDEF0123456789ABCDEF01234567", "false", "is not an RSA key (its algorithm is number unknown)", true},
		{"", "false", "GPG_FINGERPRINT does not name the key", true},
		{"", "true", "not signed: this is a snapshot", false},
	} {
		cmd := keys.command("../../scripts/sign", file+".sig", file)
		cmd.Env = append(cmd.Env, "GPG_FINGERPRINT="+test.fingerprint, "SNAPSHOT="+test.snapshot)
		output, err := cmd.CombinedOutput()
		if (err != nil) != test.fails || !strings.Contains(string(output), test.says) {
			t.Errorf("key %q, snapshot %s: %v, %s", test.fingerprint, test.snapshot, err, output)
		}
		if _, err := os.Stat(file + ".sig"); err == nil {
			t.Errorf("key %q, snapshot %s: there is a signature", test.fingerprint, test.snapshot)
		}
	}
}

// checkArchive looks for the program, under the name that Terraform asks for.
func checkArchive(t *testing.T, archive, version string) {
	t.Helper()
	content, err := zip.OpenReader(archive)
	if err != nil {
		t.Fatal(err)
	}
	defer content.Close()
	for _, file := range content.File {
		if strings.HasPrefix(file.Name, "terraform-provider-opensearch_v"+version) {
			if file.Mode().Perm()&0o111 == 0 {
				t.Errorf("%s cannot be executed: %s", file.Name, file.Mode())
			}
			return
		}
	}
	t.Errorf("%s does not have the program", archive)
}

// checkSums compares SHA256SUMS, which is signed, with the files.
func checkSums(t *testing.T, keys *keyring, archive, version string) {
	t.Helper()
	sums := filepath.Join(filepath.Dir(archive), "terraform-provider-opensearch_"+version+"_SHA256SUMS")
	keys.must("gpg", "", "--batch", "--verify", sums+".sig", sums)
	text, err := os.ReadFile(sums)
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range []struct{ path, name string }{
		{archive, filepath.Base(archive)},
		{strings.TrimSuffix(archive, ".zip") + ".cdx.json", strings.TrimSuffix(filepath.Base(archive), ".zip") + ".cdx.json"},
		{"../../terraform-registry-manifest.json", "terraform-provider-opensearch_" + version + "_manifest.json"},
	} {
		content, err := os.ReadFile(file.path)
		if err != nil {
			t.Fatal(err)
		}
		sum := sha256.Sum256(content)
		if line := hex.EncodeToString(sum[:]) + "  " + file.name + "\n"; !strings.Contains(string(text), line) {
			t.Errorf("SHA256SUMS does not have %q:\n%s", line, text)
		}
	}
}

func checkSBOM(t *testing.T, path, version string) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var bom struct {
		Format   string `json:"bomFormat"`
		Metadata struct {
			Component struct {
				Version string `json:"version"`
			} `json:"component"`
		} `json:"metadata"`
		Components []struct {
			Name string `json:"name"`
		} `json:"components"`
	}
	if err := json.Unmarshal(text, &bom); err != nil {
		t.Fatal(err)
	}
	names := map[string]bool{}
	for _, c := range bom.Components {
		names[c.Name] = true
	}
	if bom.Format != "CycloneDX" || bom.Metadata.Component.Version != "v"+version || !names["std"] ||
		!names["github.com/hashicorp/terraform-plugin-framework"] || names["github.com/hashicorp/terraform-plugin-testing"] {
		t.Errorf("the SBOM is of %s %s and has %v", bom.Format, bom.Metadata.Component.Version, names)
	}
}

// keyring is a folder of gpg with keys that are made for a test.
type keyring struct {
	t   *testing.T
	dir string
}

func newKeyring(t *testing.T) *keyring {
	t.Helper()
	skipUnlessAcceptance(t)
	dir, err := os.MkdirTemp("", "gpg-") //nolint:usetesting // t.TempDir's path is too long for the socket of gpg's agent
	if err != nil {
		t.Fatal(err)
	}
	k := &keyring{t: t, dir: dir}
	t.Cleanup(func() {
		if output, err := k.command("gpgconf", "--kill", "all").CombinedOutput(); err != nil {
			t.Errorf("end gpg's agent: %v\n%s", err, output)
		}
		if err := os.RemoveAll(dir); err != nil {
			t.Error(err)
		}
	})
	return k
}

func (k *keyring) command(name string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(k.t.Context(), name, args...)
	if k.t.Context().Err() != nil { // while it cleans up
		cmd = exec.Command(name, args...)
	}
	cmd.Env = append(os.Environ(), "GNUPGHOME="+k.dir)
	return cmd
}

func (k *keyring) must(name, variable string, args ...string) string {
	k.t.Helper()
	cmd := k.command(name, args...)
	if variable != "" {
		cmd.Env = append(cmd.Env, variable)
	}
	var output, errors bytes.Buffer
	cmd.Stdout, cmd.Stderr = &output, &errors
	if err := cmd.Run(); err != nil {
		k.t.Fatalf("%s: %v\n%s%s", name, err, &output, &errors)
	}
	return output.String()
}

// generate makes a key without a passphrase and returns its fingerprint.
func (k *keyring) generate(algorithm string) string {
	k.t.Helper()
	name := fmt.Sprintf("release test %s %d", algorithm, len(k.must("gpg", "", "--batch", "--list-secret-keys")))
	k.must("gpg", "", "--batch", "--quiet", "--pinentry-mode", "loopback", "--passphrase", "", "--quick-generate-key", name, algorithm, "sign", "never")
	for line := range strings.Lines(k.must("gpg", "", "--batch", "--with-colons", "--list-secret-keys", name)) {
		if rest, ok := strings.CutPrefix(line, "fpr:"); ok {
			return strings.Trim(rest, ":\n")
		}
	}
	k.t.Fatal("gpg lists no fingerprint")
	return ""
}
