//go:build js && wasm

package main

import (
	"fmt"
	"regexp"

	"github.com/fluxcd/pkg/envsubst"
	"sigs.k8s.io/kustomize/api/resmap"
	"sigs.k8s.io/kustomize/api/types"
	"sigs.k8s.io/yaml"
)

// flux is what Flux does beside building (fluxcd/pkg/kustomize: GenerateManifest, SubstituteVariables).
type flux struct {
	// File is the root's kustomization, with what the Kustomization adds to it.
	File string `json:"file"`
	// Variables to replace; absent where nothing is replaced.
	Variables map[string]string `json:"variables"`
	// Unknown is the value of every other variable; absent: another variable is an error, as in the controller.
	Unknown *string `json:"unknown"`
}

// generate writes the kustomization anew, as the controller does: what it does not know is dropped, and why is remembered.
func (f *flux) generate(tree *files) error {
	content := tree.content[absolute(f.File)]
	k := types.Kustomization{TypeMeta: types.TypeMeta{APIVersion: types.KustomizationVersion, Kind: types.KustomizationKind}}
	if err := yaml.Unmarshal(content, &k); err != nil {
		return err
	}
	var strict types.Kustomization
	if err := strict.Unmarshal(content); err != nil {
		tree.dropped = err.Error()
	}
	text, err := yaml.Marshal(k)
	tree.content[absolute(f.File)] = text
	return err
}

const substituteKey = "kustomize.toolkit.fluxcd.io/substitute"

var variableName = regexp.MustCompile("^[_[:alpha:]][_[:alpha:][:digit:]]*$")

// substitute replaces variables in the text of each object; what comes out is read as YAML again.
func (f *flux) substitute(objects resmap.ResMap) error {
	for name := range f.Variables {
		if !variableName.MatchString(name) {
			return fmt.Errorf("'%s' is no name of a variable", name)
		}
	}
	for _, object := range objects.Resources() {
		if f.Variables == nil || object.GetLabels()[substituteKey] == "disabled" || object.GetAnnotations()[substituteKey] == "disabled" {
			continue
		}
		text, err := object.AsYAML()
		if err != nil {
			return err
		}
		replaced, err := envsubst.Eval(string(text), f.lookUp)
		if err != nil {
			return fmt.Errorf("post build failed for %s %s: %w", object.GetKind(), object.GetName(), err)
		}
		// What is wrong with the text may quote a value, and that may come from a Secret.
		text, err = yaml.YAMLToJSON([]byte(replaced))
		if err != nil || object.UnmarshalJSON(text) != nil {
			return fmt.Errorf("post build failed for %s %s: with its variables replaced it is no object", object.GetKind(), object.GetName())
		}
	}
	return nil
}

func (f *flux) lookUp(name string) (string, bool) {
	if value, known := f.Variables[name]; known || f.Unknown == nil {
		return value, known
	}
	return *f.Unknown, true
}
