package atomicfile

import (
	"os"
	"path/filepath"
)

// mostLinks is how many links are followed one after the other: as many as Linux does.
const mostLinks = 40

// Target returns the path that a file is written to: where the link path leads, even to what
// is not there yet; path itself where there is no link, or one that leads in a circle.
func Target(path string) string {
	at := path
	for range mostLinks {
		to, err := os.Readlink(at)
		if err != nil {
			return at
		}
		if !filepath.IsAbs(to) {
			folder, err := filepath.EvalSymlinks(filepath.Dir(at)) // that "..", too, is the real one
			if err != nil {
				return at
			}
			to = filepath.Join(folder, to)
		}
		at = to
	}
	return path
}
