// Says which files of a source Flux leaves out of its artifact, by Flux's own code: one JSON line in, one out.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/fluxcd/pkg/sourceignore"
	"github.com/fluxcd/pkg/sourceignore/gitignore"
)

// A question: a folder's files by path, of which those called .sourceignore matter by their text, and spec.ignore.
type question struct {
	Files  map[string]string `json:"files"`
	Ignore *string           `json:"ignore"`
}

// matcherOf does what the GitRepository controller and fluxcd/pkg/artifact (SourceIgnoreFilter) do.
func matcherOf(q question) (gitignore.Matcher, error) {
	dir, err := os.MkdirTemp("", "plumbline-source-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	for path, text := range q.Files {
		file := filepath.Join(dir, filepath.FromSlash(path))
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			return nil, err
		}
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			return nil, err
		}
	}
	patterns, err := sourceignore.LoadIgnorePatterns(dir, nil)
	if err != nil {
		return nil, err
	}
	if q.Ignore != nil {
		patterns = append(patterns, sourceignore.ReadPatterns(strings.NewReader(*q.Ignore), nil)...)
	}
	if len(patterns) == 0 {
		return sourceignore.NewDefaultMatcher(patterns, nil), nil
	}
	return sourceignore.NewMatcher(append(sourceignore.VCSPatterns(nil), patterns...)), nil
}

func main() {
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 64<<20)
	for lines.Scan() {
		var q question
		err := json.Unmarshal(lines.Bytes(), &q)
		left := []string{}
		if err == nil {
			var matcher gitignore.Matcher
			if matcher, err = matcherOf(q); err == nil {
				for path := range q.Files {
					if matcher.Match(strings.Split(path, "/"), false) {
						left = append(left, path)
					}
				}
			}
		}
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		out, _ := json.Marshal(left)
		fmt.Println(string(out))
	}
}
