//go:build js && wasm

package main

import (
	"fmt"
	"path/filepath"
	"regexp"
	"slices"

	"github.com/fluxcd/pkg/envsubst"
	"sigs.k8s.io/kustomize/api/resmap"
	"sigs.k8s.io/kustomize/api/types"
	"sigs.k8s.io/yaml"
)

// flux is what a Flux Kustomization adds to a folder (fluxcd/pkg/kustomize: GenerateManifest, SubstituteVariables).
type flux struct {
	Spec struct {
		TargetNamespace         *string       `json:"targetNamespace"`
		NamePrefix              *string       `json:"namePrefix"`
		NameSuffix              *string       `json:"nameSuffix"`
		Components              []string      `json:"components"`
		IgnoreMissingComponents bool          `json:"ignoreMissingComponents"`
		Patches                 []types.Patch `json:"patches"`
		Images                  []types.Image `json:"images"`
		BuildMetadata           []string      `json:"buildMetadata"`
	} `json:"spec"`
	// Variables to replace; absent where nothing is replaced.
	Variables map[string]string `json:"variables"`
	// Unknown is the value of every other variable; absent: another variable is an error, as in the controller.
	Unknown *string `json:"unknown"`
}

// generate puts the kustomization in place that the controller writes before it builds.
func (f *flux) generate(tree *files, root string) error {
	k := types.Kustomization{TypeMeta: types.TypeMeta{APIVersion: types.KustomizationVersion, Kind: types.KustomizationKind}}
	path, _ := kustomizationIn(tree, root)
	if err := yaml.Unmarshal(tree.content[path], &k); err != nil {
		return err
	}
	if len(k.Resources) == 0 {
		k.BuildMetadata = []string{types.OriginAnnotations}
	}
	if err := f.addTo(&k, tree, root); err != nil {
		return err
	}
	text, err := yaml.Marshal(k)
	tree.content[path] = text
	return err
}

func (f *flux) addTo(k *types.Kustomization, tree *files, root string) error {
	spec := f.Spec
	for _, field := range []struct{ from, to *string }{{spec.TargetNamespace, &k.Namespace}, {spec.NamePrefix, &k.NamePrefix}, {spec.NameSuffix, &k.NameSuffix}} {
		if field.from != nil {
			*field.to = *field.from
		}
	}
	k.Patches = append(k.Patches, spec.Patches...)
	for _, component := range spec.Components {
		if filepath.IsAbs(component) {
			return fmt.Errorf("component path '%s' must be local and relative", component)
		}
		if tree.Exists(filepath.Join(root, component)) || !spec.IgnoreMissingComponents {
			k.Components = append(k.Components, component)
		}
	}
	for _, image := range spec.Images {
		k.Images = withImage(k.Images, image)
	}
	if len(spec.BuildMetadata) > 0 {
		k.BuildMetadata = spec.BuildMetadata
	}
	return nil
}

// withImage lets the Kustomization's entry win over the folder's; tag and digest count as one.
func withImage(images []types.Image, image types.Image) []types.Image {
	i := slices.IndexFunc(images, func(other types.Image) bool { return other.Name == image.Name })
	if i < 0 {
		return append(images, image)
	}
	if image.NewName != "" {
		images[i].NewName = image.NewName
	}
	if image.NewTag != "" || image.Digest != "" {
		images[i].NewTag, images[i].Digest = image.NewTag, image.Digest
	}
	return images
}

const substituteKey = "kustomize.toolkit.fluxcd.io/substitute"

var variableName = regexp.MustCompile("^[_[:alpha:]][_[:alpha:][:digit:]]*$")

// substitute replaces variables in the text of each object; what comes out is read as YAML again.
func (f *flux) substitute(objects resmap.ResMap) error {
	if f.Variables == nil {
		return nil
	}
	for name := range f.Variables {
		if !variableName.MatchString(name) {
			return fmt.Errorf("'%s' is no name of a variable", name)
		}
	}
	for _, object := range objects.Resources() {
		if object.GetLabels()[substituteKey] == "disabled" || object.GetAnnotations()[substituteKey] == "disabled" {
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
	value, known := f.Variables[name]
	if !known && f.Unknown != nil {
		return *f.Unknown, true
	}
	return value, known
}
