// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package node

import (
	"archive/zip"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"time"
)

// The names in the certificates of nodes and of the platform's operator, who may do everything.
const (
	nodeName     = "node.sandbox"
	operatorName = "operator.sandbox"
)

// WithSecurity returns the distribution with the security plugin, for nodes with [Options.Authority]. One
// that has it is returned as it is; else the plugin comes from Maven Central and is kept in the cache
// beside the distribution (some 60 MB, once).
func (d Distribution) WithSecurity(ctx context.Context, progress func(format string, args ...any)) (_ Distribution, err error) {
	if d.Security {
		return d, nil
	}
	home := d.Home + "-security"
	if !isDir(home) {
		unlock, err := lock(ctx, home+".lock", func() { progress("waiting for another process that downloads the security plugin") })
		if err != nil {
			return Distribution{}, err
		}
		if !isDir(home) {
			err = d.addSecurity(ctx, home, progress)
		}
		if err = errors.Join(err, unlock()); err != nil {
			return Distribution{}, fmt.Errorf("security plugin: %w", err)
		}
	}
	secured, err := FromHome(ctx, home)
	secured.archive = d.archive
	return secured, err
}

// addSecurity makes home out of the distribution and the plugin. It appears by a rename, whole.
func (d Distribution) addSecurity(ctx context.Context, home string, progress func(string, ...any)) (err error) {
	mvn, err := exec.LookPath("mvn")
	if err != nil {
		return errors.New("the mvn command of Apache Maven is needed to fetch it and is not in PATH")
	}
	work, err := os.MkdirTemp(filepath.Dir(home), "download-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(work)) }()
	progress("downloading the security plugin of OpenSearch %s from Maven Central (60 MB, once)", d.Version)
	artifact := "org.opensearch.plugin:" + securityPlugin + ":" + d.Version + ".0:zip"
	cmd := exec.CommandContext(ctx, mvn, "--batch-mode", "dependency:copy", "-Dartifact="+artifact, "-DoutputDirectory="+work)
	cmd.Dir = work
	if output, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("mvn dependency:copy %s: %w; it printed:\n%.2000s", artifact, err, output)
	}
	made := filepath.Join(work, "home")
	if err := copyTree(d.Home, made, linkOrCopy); err != nil {
		return err
	}
	archive := filepath.Join(work, securityPlugin+"-"+d.Version+".0.zip")
	if err := unpack(archive, filepath.Join(made, "plugins", securityPlugin)); err != nil {
		return err
	}
	return os.Rename(made, home)
}

// unpack writes the files of a zip archive below dir.
func unpack(archive, dir string) (err error) {
	files, err := zip.OpenReader(archive)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, files.Close()) }()
	for _, file := range files.File {
		if !filepath.IsLocal(file.Name) {
			return fmt.Errorf("%s has a file outside of it, %s", archive, file.Name)
		}
		if strings.HasSuffix(file.Name, "/") {
			continue
		}
		if err := unpackFile(file, filepath.Join(dir, filepath.FromSlash(file.Name))); err != nil {
			return err
		}
	}
	return nil
}

// mostUnpacked bounds one file of an archive.
const mostUnpacked = 100 << 20

func unpackFile(file *zip.File, to string) (err error) {
	if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
		return err
	}
	in, err := file.Open()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, in.Close()) }()
	out, err := os.OpenFile(to, os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, io.LimitReader(in, mostUnpacked))
	return errors.Join(err, out.Close())
}

// secure writes what the security plugin needs into the node's configuration, and returns the settings for
// opensearch.yml. It has no users: the operator creates those that a test needs.
func (p paths) secure(home string, a *Authority) (map[string]string, error) {
	folder := filepath.Join(p.config, securityPlugin)
	if err := copyTree(filepath.Join(home, "plugins", securityPlugin, "config"), folder, copyFile); err != nil {
		return nil, fmt.Errorf("configuration of the security plugin: %w", err)
	}
	certificate, key, err := a.issue(nodeName)
	if err != nil {
		return nil, err
	}
	for name, text := range map[string][]byte{
		filepath.Join(p.config, "node.pem"): certificate, filepath.Join(p.config, "node.key"): key, filepath.Join(p.config, "authority.pem"): a.pem,
		// The users that come with the plugin have passwords that everybody knows.
		filepath.Join(folder, "internal_users.yml"): []byte("_meta:\n  type: internalusers\n  config_version: 2\n"),
	} {
		if err := os.WriteFile(name, text, 0o600); err != nil {
			return nil, fmt.Errorf("configuration of the security plugin: %w", err)
		}
	}
	settings := map[string]string{
		"plugins.security.disabled":                                    "false",
		"plugins.security.allow_default_init_securityindex":            "true",
		"plugins.security.authcz.admin_dn":                             "CN=" + operatorName,
		"plugins.security.nodes_dn":                                    "CN=" + nodeName,
		"plugins.security.restapi.roles_enabled":                       "all_access",
		"plugins.security.system_indices.enabled":                      "true",
		"plugins.security.unsupported.inject_user.enabled":             "true",
		"plugins.security.ssl.transport.enforce_hostname_verification": "false",
		"plugins.security.ssl.http.enabled":                            "true",
	}
	for _, layer := range []string{"transport", "http"} {
		settings["plugins.security.ssl."+layer+".pemcert_filepath"] = "node.pem"
		settings["plugins.security.ssl."+layer+".pemkey_filepath"] = "node.key"
		settings["plugins.security.ssl."+layer+".pemtrustedcas_filepath"] = "authority.pem"
	}
	return settings, nil
}

// door is how a node with the security plugin is asked: over HTTP on loopback, so that those who ask need
// no certificate. A request that has credentials is passed on with them, and the plugin judges it. One that
// has none is the platform's own and becomes the operator's.
type door struct {
	server *http.Server
	url    string
	port   atomic.Int64 // of the node's HTTPS
}

func openDoor(a *Authority) (*door, error) {
	operator, err := a.client(operatorName)
	if err != nil {
		return nil, err
	}
	user, err := a.client("")
	if err != nil {
		return nil, err
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("door of a node: %w", err)
	}
	d := &door{url: "http://" + listener.Addr().String()}
	asOperator, asUser := &http.Transport{TLSClientConfig: operator}, &http.Transport{TLSClientConfig: user}
	transports := func(r *http.Request) http.RoundTripper {
		if r.Header.Get("Authorization") == "" {
			return asOperator
		}
		return asUser
	}
	proxy := &httputil.ReverseProxy{
		Transport: choosing(transports),
		Rewrite: func(r *httputil.ProxyRequest) {
			r.SetURL(&url.URL{Scheme: "https", Host: fmt.Sprintf("127.0.0.1:%d", d.port.Load())})
		},
		// The connection is cut, as that of a node that is down.
		ErrorHandler: func(http.ResponseWriter, *http.Request, error) { panic(http.ErrAbortHandler) },
	}
	d.server = &http.Server{Handler: proxy, ReadHeaderTimeout: 30 * time.Second}
	go func() { _ = d.server.Serve(listener) }() // until it is closed
	return d, nil
}

// choosing sends each request by the transport that is for it.
type choosing func(r *http.Request) http.RoundTripper

func (c choosing) RoundTrip(r *http.Request) (*http.Response, error) { return c(r).RoundTrip(r) }

// awaitSecurity returns when the plugin has read its users and roles.
func (n *Node) awaitSecurity(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	for {
		var roles map[string]any
		err := n.get(ctx, "/_plugins/_security/api/roles", &roles)
		if err == nil && len(roles) > 0 {
			return nil
		}
		select {
		case <-n.process.done:
			return n.whyEnded(n.process)
		case <-ctx.Done():
			return fmt.Errorf("%w while waiting for the security plugin (last: %w); the end of its log:\n%s", ctx.Err(), err, n.process.lastPrinted())
		case <-time.After(100 * time.Millisecond):
		}
	}
}
