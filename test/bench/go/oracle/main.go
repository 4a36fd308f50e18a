// Command oracle answers, with the code that the API server and kustomize run, what the TypeScript code of core/kube and
// core/manifests claims. It reads one JSON request a line and writes one JSON answer a line.
package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"sort"
	"strings"

	"k8s.io/apimachinery/pkg/api/resource"
	utiljson "k8s.io/apimachinery/pkg/util/json"
	"k8s.io/kube-openapi/pkg/schemaconv"
	"k8s.io/kube-openapi/pkg/spec3"
	"sigs.k8s.io/kustomize/kyaml/kio"
	"sigs.k8s.io/structured-merge-diff/v6/fieldpath"
	"sigs.k8s.io/structured-merge-diff/v6/merge"
	"sigs.k8s.io/structured-merge-diff/v6/schema"
	"sigs.k8s.io/structured-merge-diff/v6/typed"
	"sigs.k8s.io/structured-merge-diff/v6/value"
	"sigs.k8s.io/yaml"
)

type request struct {
	Op string `json:"op"`

	// smd, fieldset
	Schema  string            `json:"schema"`
	Type    string            `json:"type"`
	OpenAPI *openapiKind      `json:"openapi"`
	Steps   []step            `json:"steps"`
	Objects []json.RawMessage `json:"objects"`

	// quantity
	Values []string `json:"values"`

	// yaml
	Dialect string `json:"dialect"`
	Text    string `json:"text"`
}

type openapiKind struct {
	File    string `json:"file"`
	Group   string `json:"group"`
	Version string `json:"version"`
	Kind    string `json:"kind"`
}

type step struct {
	// apply, dry (an apply that is not kept), update
	Op      string          `json:"op"`
	Manager string          `json:"manager"`
	Force   bool            `json:"force"`
	Object  json.RawMessage `json:"object"`
}

type answer struct {
	Error  string           `json:"error,omitempty"`
	Steps  []stepAnswer     `json:"steps,omitempty"`
	Sets   []setAnswer      `json:"sets,omitempty"`
	Values []quantityAnswer `json:"values,omitempty"`
	// One JSON text for each document.
	Documents []json.RawMessage `json:"documents,omitempty"`
}

type stepAnswer struct {
	Error     string                     `json:"error,omitempty"`
	Conflicts []string                   `json:"conflicts,omitempty"`
	Object    json.RawMessage            `json:"object,omitempty"`
	Managers  map[string]json.RawMessage `json:"managers,omitempty"`
	// What changed from the live object to the new one.
	Added    json.RawMessage `json:"added,omitempty"`
	Modified json.RawMessage `json:"modified,omitempty"`
	Removed  json.RawMessage `json:"removed,omitempty"`
}

type setAnswer struct {
	Error string          `json:"error,omitempty"`
	Set   json.RawMessage `json:"set,omitempty"`
}

type quantityAnswer struct {
	Error     string `json:"error,omitempty"`
	Canonical string `json:"canonical,omitempty"`
	Milli     string `json:"milli,omitempty"`
	// Against the value before; 2 when either is no quantity.
	Compare int `json:"compare"`
	// The same after both are rounded up to thousandths.
	CompareMilli int `json:"compareMilli"`
}

func main() {
	in := bufio.NewReaderSize(os.Stdin, 1<<20)
	out := bufio.NewWriter(os.Stdout)
	defer out.Flush()
	for {
		line, err := in.ReadBytes('\n')
		if len(bytes.TrimSpace(line)) > 0 {
			encoded, _ := json.Marshal(respond(line))
			out.Write(encoded)
			out.WriteByte('\n')
		}
		if err != nil {
			return
		}
		if in.Buffered() == 0 {
			out.Flush()
		}
	}
}

func respond(line []byte) (result answer) {
	defer func() {
		if r := recover(); r != nil {
			result = answer{Error: fmt.Sprintf("panic: %v", r)}
		}
	}()
	var req request
	if err := json.Unmarshal(line, &req); err != nil {
		return answer{Error: err.Error()}
	}
	switch req.Op {
	case "smd":
		return runSteps(req)
	case "fieldset":
		return fieldSets(req)
	case "quantity":
		return quantities(req.Values)
	case "yaml":
		return readYAML(req.Dialect, req.Text)
	}
	return answer{Error: "unknown op " + req.Op}
}

var parsers = map[string]typed.ParseableType{}

func typeOf(req request) (typed.ParseableType, error) {
	if req.OpenAPI != nil {
		return openapiType(*req.OpenAPI)
	}
	if req.Schema == "" {
		return typed.DeducedParseableType, nil
	}
	parser, err := typed.NewParser(typed.YAMLObject(req.Schema))
	if err != nil {
		return typed.ParseableType{}, err
	}
	return parser.Type(req.Type), nil
}

func openapiType(kind openapiKind) (typed.ParseableType, error) {
	key := strings.Join([]string{kind.File, kind.Group, kind.Version, kind.Kind}, "\x00")
	if known, ok := parsers[key]; ok {
		return known, nil
	}
	text, err := os.ReadFile(kind.File)
	if err != nil {
		return typed.ParseableType{}, err
	}
	var document spec3.OpenAPI
	if err := json.Unmarshal(text, &document); err != nil {
		return typed.ParseableType{}, err
	}
	converted, err := schemaconv.ToSchemaFromOpenAPI(document.Components.Schemas, false)
	if err != nil {
		return typed.ParseableType{}, err
	}
	types := &typed.Parser{Schema: schema.Schema{Types: converted.Types}}
	for name, model := range document.Components.Schemas {
		list, _ := model.Extensions["x-kubernetes-group-version-kind"].([]interface{})
		for _, item := range list {
			gvk, _ := item.(map[string]interface{})
			parsers[strings.Join([]string{kind.File, text0(gvk["group"]), text0(gvk["version"]), text0(gvk["kind"])}, "\x00")] = types.Type(name)
		}
	}
	found, ok := parsers[key]
	if !ok {
		return typed.ParseableType{}, fmt.Errorf("no such kind")
	}
	return found, nil
}

func text0(v interface{}) string {
	s, _ := v.(string)
	return s
}

func decode(raw json.RawMessage) (interface{}, error) {
	var v interface{}
	err := utiljson.Unmarshal(raw, &v)
	return v, err
}

type sameVersion struct{}

func (sameVersion) Convert(v *typed.TypedValue, _ fieldpath.APIVersion) (*typed.TypedValue, error) {
	return v, nil
}
func (sameVersion) IsMissingVersionError(error) bool { return false }

func runSteps(req request) answer {
	parseable, err := typeOf(req)
	if err != nil {
		return answer{Error: err.Error()}
	}
	updater := (&merge.UpdaterBuilder{Converter: sameVersion{}, ReturnInputOnNoop: true}).BuildUpdater()
	live, err := parseable.FromUnstructured(map[string]interface{}{})
	if err != nil {
		return answer{Error: err.Error()}
	}
	managers := fieldpath.ManagedFields{}
	var out answer
	for _, s := range req.Steps {
		object, err := decode(s.Object)
		if err != nil {
			out.Steps = append(out.Steps, stepAnswer{Error: err.Error()})
			continue
		}
		next, owners, failed := take(updater, parseable, live, managers.Copy(), s, object)
		if failed != nil {
			out.Steps = append(out.Steps, *failed)
			continue
		}
		result := stepAnswer{Managers: map[string]json.RawMessage{}}
		result.Object, _ = value.ToJSON(next.AsValue())
		for name, owned := range owners {
			result.Managers[name], _ = owned.Set().ToJSON()
		}
		if comparison, err := live.Compare(next); err == nil {
			result.Added, _ = comparison.Added.ToJSON()
			result.Modified, _ = comparison.Modified.ToJSON()
			result.Removed, _ = comparison.Removed.ToJSON()
		}
		out.Steps = append(out.Steps, result)
		if s.Op != "dry" {
			live, managers = next, owners
		}
	}
	return out
}

func take(updater *merge.Updater, parseable typed.ParseableType, live *typed.TypedValue, managers fieldpath.ManagedFields, s step, object interface{}) (*typed.TypedValue, fieldpath.ManagedFields, *stepAnswer) {
	var options []typed.ValidationOptions
	if s.Op == "update" {
		options = append(options, typed.AllowDuplicates)
	}
	config, err := parseable.FromUnstructured(object, options...)
	if err != nil {
		return nil, nil, &stepAnswer{Error: err.Error()}
	}
	var next *typed.TypedValue
	var owners fieldpath.ManagedFields
	if s.Op == "update" {
		next, owners, err = updater.Update(live, config, "v1", managers, s.Manager)
	} else {
		next, owners, err = updater.Apply(live, config, "v1", managers, s.Manager, s.Force)
	}
	if conflicts, ok := err.(merge.Conflicts); ok {
		var lines []string
		for _, c := range conflicts {
			lines = append(lines, c.Manager+" "+c.Path.String())
		}
		sort.Strings(lines)
		return nil, nil, &stepAnswer{Conflicts: lines}
	}
	if err != nil {
		return nil, nil, &stepAnswer{Error: err.Error()}
	}
	return next, owners, nil
}

func fieldSets(req request) answer {
	parseable, err := typeOf(req)
	if err != nil {
		return answer{Error: err.Error()}
	}
	var out answer
	for _, raw := range req.Objects {
		out.Sets = append(out.Sets, fieldSet(parseable, raw))
	}
	return out
}

func fieldSet(parseable typed.ParseableType, raw json.RawMessage) setAnswer {
	object, err := decode(raw)
	if err != nil {
		return setAnswer{Error: err.Error()}
	}
	v, err := parseable.FromUnstructured(object, typed.AllowDuplicates)
	if err != nil {
		return setAnswer{Error: err.Error()}
	}
	set, err := v.ToFieldSet()
	if err != nil {
		return setAnswer{Error: err.Error()}
	}
	encoded, _ := set.ToJSON()
	return setAnswer{Set: encoded}
}

func quantities(values []string) answer {
	var out answer
	var before, beforeMilli *resource.Quantity
	for _, text := range values {
		q, err := resource.ParseQuantity(strings.TrimSpace(text))
		if err != nil {
			out.Values = append(out.Values, quantityAnswer{Error: err.Error(), Compare: 2, CompareMilli: 2})
			before, beforeMilli = nil, nil
			continue
		}
		rounded := q.DeepCopy()
		rounded.RoundUp(resource.Milli)
		a := quantityAnswer{Canonical: q.String(), Milli: rounded.String(), Compare: 2, CompareMilli: 2}
		if before != nil {
			a.Compare = q.Cmp(*before)
			a.CompareMilli = rounded.Cmp(*beforeMilli)
		}
		before, beforeMilli = &q, &rounded
		out.Values = append(out.Values, a)
	}
	return out
}

// k2 is what kubectl, Helm and Argo CD read; k3 is kustomize's.
func readYAML(dialect, text string) answer {
	if dialect == "k2" {
		document, err := yaml.YAMLToJSON([]byte(text))
		if err != nil {
			return answer{Error: err.Error()}
		}
		return answer{Documents: []json.RawMessage{document}}
	}
	nodes, err := kio.FromBytes([]byte(text))
	if err != nil {
		return answer{Error: err.Error()}
	}
	var out answer
	for _, node := range nodes {
		document, err := node.MarshalJSON()
		if err != nil {
			return answer{Error: err.Error()}
		}
		out.Documents = append(out.Documents, document)
	}
	return out
}
