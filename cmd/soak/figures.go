//go:build linux

package main

import (
	"fmt"
	"strings"

	"github.com/stillmic/stillmic/scripts/documents/figures"
)

// note keeps a figure of the verdict, with the mark that it is held against, if any.
func (r *report) note(figure, measured, mark string) {
	r.table.Set(figure, "measured", measured)
	r.table.Set(figure, "mark", mark)
}

// write puts the figures into the table of this server in a figures.json.
func (r *report) write(path string, s *soak) error {
	name := "soak-" + strings.ToLower(string(s.server.Kind))
	if err := figures.Update(path, map[string]figures.Table{name: r.table}); err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	return nil
}
