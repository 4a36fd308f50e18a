//go:build js && wasm

package main

import (
	"fmt"
	"io/fs"
	"maps"
	"path/filepath"
	"slices"

	"sigs.k8s.io/kustomize/kyaml/filesys"
)

// files is a file system over a map of bytes by absolute path. kustomize's own in-memory one refuses names such as `a b`.
// What a build never calls is left to the nil interface: it would panic, and a panic is an answer here.
type files struct {
	filesys.FileSystem
	content map[string][]byte
	folders map[string]bool
	missing map[string]bool
	// dropped is why kustomize itself would not read what Flux reads in part.
	dropped string
}

func newFiles(content map[string][]byte, root string) *files {
	f := &files{content: content, folders: map[string]bool{}, missing: map[string]bool{}}
	f.enter(root)
	for path := range content {
		f.enter(filepath.Dir(path))
	}
	return f
}

func (f *files) enter(folder string) {
	for ; !f.folders[folder]; folder = filepath.Dir(folder) {
		f.folders[folder] = true
	}
}

func absolute(path string) string { return filepath.Join("/", path) }

// find remembers what was asked for in vain.
func (f *files) find(path string) (content []byte, found bool) {
	content, found = f.content[absolute(path)]
	if !found && !f.folders[absolute(path)] {
		f.missing[absolute(path)] = true
	}
	return content, found
}

func (f *files) IsDir(path string) bool {
	f.find(path)
	return f.folders[absolute(path)]
}

func (f *files) Exists(path string) bool {
	_, found := f.find(path)
	return found || f.IsDir(path)
}

func (f *files) ReadFile(path string) ([]byte, error) {
	if content, found := f.find(path); found {
		return append([]byte(nil), content...), nil // kustomize does not promise to leave it alone.
	} else if f.IsDir(path) {
		return nil, fmt.Errorf("read %s: is a directory", path)
	}
	return nil, &fs.PathError{Op: "open", Path: path, Err: fs.ErrNotExist}
}

func (f *files) CleanedAbs(path string) (filesys.ConfirmedDir, string, error) {
	clean := absolute(path)
	if f.IsDir(clean) {
		return filesys.ConfirmedDir(clean), "", nil
	}
	if _, found := f.find(clean); found {
		return filesys.ConfirmedDir(filepath.Dir(clean)), filepath.Base(clean), nil
	}
	return "", "", &fs.PathError{Op: "open", Path: path, Err: fs.ErrNotExist}
}

// wanted lists what was asked for in vain, from the top of the tree.
func (f *files) wanted() (out []string) {
	for _, path := range slices.Sorted(maps.Keys(f.missing)) {
		out = append(out, path[1:])
	}
	return out
}
