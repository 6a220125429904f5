// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package node

import (
	"fmt"
	"io/fs"
	"os"
	"os/user"
	"path/filepath"
	"strconv"
	"sync"
	"syscall"
)

// account is the user that nodes run as. OpenSearch refuses to run as root, so where this process is root
// its nodes are of the user nobody; else they are of the user of this process, and account is nil.
type account struct {
	name     string
	uid, gid uint32
}

// nodeAccount returns the account for the nodes of this process.
func nodeAccount() (*account, error) {
	if os.Geteuid() != 0 {
		return nil, nil
	}
	nobody, err := user.Lookup("nobody")
	if err != nil {
		return nil, fmt.Errorf("OpenSearch does not run as root, and there is no user nobody to run it as: %w", err)
	}
	uid, err := strconv.ParseUint(nobody.Uid, 10, 32)
	if err != nil {
		return nil, fmt.Errorf("user id of nobody: %w", err)
	}
	gid, err := strconv.ParseUint(nobody.Gid, 10, 32)
	if err != nil {
		return nil, fmt.Errorf("group id of nobody: %w", err)
	}
	return &account{name: "nobody", uid: uint32(uid), gid: uint32(gid)}, nil
}

// credential is what exec needs to run a process as the account.
func (a *account) credential() *syscall.Credential {
	if a == nil {
		return nil
	}
	return &syscall.Credential{Uid: a.uid, Gid: a.gid}
}

// own gives the account a folder with all that is in it.
func (a *account) own(dir string) error {
	if a == nil {
		return nil
	}
	return filepath.WalkDir(dir, func(name string, _ fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		return os.Lchown(name, int(a.uid), int(a.gid))
	})
}

// reaches tells whether the account may go to name and read it, by the permissions for others. A user who
// is not root reads what this process reads.
func (a *account) reaches(name string) bool {
	if a == nil {
		return true
	}
	// A link may lead to where the account cannot go.
	name, err := filepath.EvalSymlinks(name)
	if err != nil {
		return false
	}
	info, err := os.Stat(name)
	if err != nil || info.Mode().Perm()&0o004 == 0 {
		return false
	}
	for dir := filepath.Dir(name); ; dir = filepath.Dir(dir) {
		info, err := os.Stat(dir)
		if err != nil || info.Mode().Perm()&0o001 == 0 {
			return false
		}
		if dir == filepath.Dir(dir) {
			return true
		}
	}
}

// staged holds the copies of homes that cannot be used where they are, as those in the cache folder of root.
// All nodes of this process share one; the last that ends removes it.
var staged = struct {
	sync.Mutex
	homes map[string]*stagedHome
}{homes: map[string]*stagedHome{}}

type stagedHome struct {
	dir   string
	guard *guard
	users int
}

// reachableHome returns home, or a copy of it where the account cannot reach it or a node would make folders
// in it, and what to call when it is no longer needed. The copy is made of links where the file system can.
func reachableHome(a *account, home string) (reachable string, release func() error, err error) {
	if hasFolders(home) && a.reaches(home) && a.reaches(filepath.Join(home, "lib")) && a.reaches(filepath.Join(home, "plugins")) {
		return home, func() error { return nil }, nil
	}
	staged.Lock()
	defer staged.Unlock()
	s := staged.homes[home]
	if s == nil {
		if s, err = stage(home); err != nil {
			return "", nil, err
		}
		staged.homes[home] = s
	}
	s.users++
	return filepath.Join(s.dir, "home"), func() error {
		staged.Lock()
		defer staged.Unlock()
		if s.users--; s.users > 0 {
			return nil
		}
		delete(staged.homes, home)
		return s.guard.release()
	}, nil
}

func stage(home string) (*stagedHome, error) {
	dir, err := os.MkdirTemp("", "opensearch-home-")
	if err != nil {
		return nil, fmt.Errorf("copy of %s for the user of the nodes: %w", home, err)
	}
	g, err := newGuard(dir)
	if err != nil {
		return nil, err
	}
	if err := stageInto(home, dir); err != nil {
		if releaseErr := g.release(); releaseErr != nil {
			return nil, fmt.Errorf("%w; and %w", err, releaseErr)
		}
		return nil, err
	}
	return &stagedHome{dir: dir, guard: g}, nil
}

func stageInto(home, dir string) error {
	if err := os.Chmod(dir, 0o755); err != nil {
		return fmt.Errorf("copy of %s for the user of the nodes: %w", home, err)
	}
	staged := filepath.Join(dir, "home")
	err := copyTree(home, staged, linkReadable)
	if err == nil {
		err = addFolders(staged)
	}
	if err != nil {
		return fmt.Errorf("copy of %s for the user of the nodes: %w", home, err)
	}
	return nil
}

// linkReadable links a file that others may read, and makes a copy that they may read of one that they may
// not: the original keeps its permissions.
func linkReadable(from, to string) error {
	info, err := os.Stat(from)
	if err != nil {
		return err
	}
	if info.Mode().Perm()&0o004 != 0 {
		return linkOrCopy(from, to)
	}
	if err := copyFile(from, to); err != nil {
		return err
	}
	return os.Chmod(to, info.Mode().Perm()|0o444)
}

// copyTree makes the folder to like from, links resolved, each file by file.
func copyTree(from, to string, file func(from, to string) error) error {
	if err := os.MkdirAll(to, 0o755); err != nil {
		return err
	}
	entries, err := os.ReadDir(from)
	if err != nil {
		return err
	}
	for _, entry := range entries {
		source, target := filepath.Join(from, entry.Name()), filepath.Join(to, entry.Name())
		info, err := os.Stat(source)
		if err != nil {
			return err
		}
		switch {
		case info.IsDir():
			err = copyTree(source, target, file)
		case info.Mode().IsRegular():
			err = file(source, target)
		}
		if err != nil {
			return err
		}
	}
	return nil
}
