//go:build js && wasm

// kustomize's own code as a function: files in, YAML out. No disk, no process, no socket.
package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"slices"
	"syscall/js"

	"sigs.k8s.io/kustomize/api/konfig"
	"sigs.k8s.io/kustomize/api/krusty"
	"sigs.k8s.io/kustomize/api/types"
	"sigs.k8s.io/kustomize/kyaml/openapi"
	"sigs.k8s.io/yaml"
)

// request is the head of a build; the files' bytes follow it, one after another.
type request struct {
	// Root is the folder to build, from the top of the tree.
	Root  string `json:"root"`
	Files []struct {
		Path string `json:"path"`
		Size int    `json:"size"`
	} `json:"files"`
	// Flux does more; absent: as `kustomize build` does.
	Flux *flux `json:"flux"`
	// Unrestricted is `--load-restrictor LoadRestrictionsNone`.
	Unrestricted bool `json:"unrestricted"`
}

type response struct {
	YAML  string `json:"yaml"`
	Error string `json:"error,omitempty"`
	// Missing are paths that were asked for and not given.
	Missing []string `json:"missing"`
	// Dropped is why kustomize itself would not read what Flux reads in part.
	Dropped string `json:"dropped,omitempty"`
}

// refuse stands in for every network connection.
type refuse struct{}

func (refuse) RoundTrip(r *http.Request) (*http.Response, error) {
	return nil, fmt.Errorf("%s is not fetched", r.URL.Redacted())
}

func main() {
	http.DefaultTransport = refuse{}
	// V8 collects its own garbage whenever this memory grows: once is enough, and what is not used takes none. Ours is collected seldom, as one thread does everything, but as often as it takes to stay within that.
	runtime.KeepAlive(make([]byte, 320<<20))
	runtime.GC()
	debug.SetGCPercent(400)
	debug.SetMemoryLimit(320 << 20)
	js.Global().Set("plumblineBuild", js.FuncOf(func(_ js.Value, args []js.Value) any {
		packed := make([]byte, args[1].Length())
		js.CopyBytesToGo(packed, args[1])
		out, _ := json.Marshal(answer(args[0].String(), packed)) // Text and lists of text: this cannot fail.
		bytes := js.Global().Get("Uint8Array").New(len(out))
		js.CopyBytesToJS(bytes, out)
		return bytes
	}))
	select {}
}

func answer(head string, packed []byte) (out response) {
	out.Missing = []string{}
	defer func() {
		if r := recover(); r != nil {
			out.Error = fmt.Sprintf("kustomize panicked: %v", r)
		}
	}()
	var req request
	if err := json.Unmarshal([]byte(head), &req); err != nil {
		return response{Error: err.Error()}
	}
	content := make(map[string][]byte, len(req.Files))
	for _, file := range req.Files {
		content[absolute(file.Path)], packed = packed[:file.Size:file.Size], packed[file.Size:]
	}
	tree := newFiles(content, absolute(req.Root))
	text, err := build(tree, req)
	out.YAML, out.Missing, out.Dropped = string(text), append(out.Missing, tree.wanted()...), tree.dropped
	if err != nil {
		out.Error = err.Error()
	}
	return out
}

// build gives the objects as one text.
func build(tree *files, req request) ([]byte, error) {
	// What a kustomization teaches is global in kustomize, and would stay for the next one. Reading the built-in schema anew is dear.
	if teaches(tree) {
		openapi.ResetOpenAPI()
		defer openapi.ResetOpenAPI()
	}
	options := krusty.MakeDefaultOptions()
	if req.Unrestricted || req.Flux != nil {
		options.LoadRestrictions = types.LoadRestrictionsNone
	}
	if req.Flux == nil {
		// What the command line does unless it is told otherwise; the library does not.
		options.Reorder = krusty.ReorderOptionLegacy
	} else if err := req.Flux.generate(tree); err != nil {
		return nil, err
	} else {
		_ = openapi.Schema()
	}
	objects, err := krusty.MakeKustomizer(options).Run(tree, absolute(req.Root))
	if err == nil && req.Flux != nil {
		err = req.Flux.substitute(objects)
	}
	if err != nil {
		return nil, err
	}
	return objects.AsYaml()
}

// teaches tells whether any kustomization brings a schema of its own.
func teaches(tree *files) bool {
	for path, content := range tree.content {
		var fields struct{ OpenAPI map[string]any }
		if slices.Contains(konfig.RecognizedKustomizationFileNames(), filepath.Base(path)) && (yaml.Unmarshal(content, &fields) != nil || fields.OpenAPI != nil) {
			return true
		}
	}
	return false
}
