// Documents fills the tables of figures in the Markdown files of this repository from
// the figures.json files that measurements write, so that no figure is copied by hand.
//
//	go run ./scripts/documents                    # from the top of the repository; names the files it changed
//	go run ./scripts/documents faults LOG COMMIT  # takes figures from the output of "scripts/soak --faults" first
//	go run ./scripts/documents desk LOG COMMIT    # or from that of scripts/desk
//	go run ./scripts/documents desk-arm64 LOG COMMIT    # or from that of "scripts/desk --arm64"
//
// The package's test fails when a document and figures.json differ, when a table of figures
// is not marked as one, or when a link leads nowhere.
package main

import (
	"fmt"
	"os"
	"strings"

	"github.com/stillmic/stillmic/scripts/documents/figures"
)

func main() {
	var err error
	switch args := os.Args[1:]; {
	case len(args) == 3 && args[0] == "faults":
		err = takeFaults(args[1], args[2], "daemon/figures.json")
	case len(args) == 3 && deskCommands[args[0]] != "":
		err = takeDesk(args[0], args[1], args[2], "daemon/figures.json")
	case len(args) != 0:
		err = fmt.Errorf("unknown arguments %q: use none, or faults, desk or desk-arm64 with LOG COMMIT", args)
	}
	if err == nil {
		err = run(".")
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "documents:", err)
		os.Exit(1)
	}
}

// run rewrites the documents below a folder.
func run(root string) error {
	tables, err := figures.LoadAll(root)
	if err != nil {
		return err
	}
	paths, err := documents(root)
	if err != nil {
		return err
	}
	for _, path := range paths {
		content, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		filled, err := update(string(content), tables)
		if err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		if filled == string(content) {
			continue
		}
		if err := os.WriteFile(path, []byte(filled), 0o644); err != nil {
			return err
		}
		fmt.Println(path)
	}
	return nil
}

// documents lists every Markdown file below a folder.
func documents(root string) ([]string, error) {
	var paths []string
	err := figures.Walk(root, func(path string) error {
		if strings.HasSuffix(path, ".md") {
			paths = append(paths, path)
		}
		return nil
	})
	return paths, err
}
