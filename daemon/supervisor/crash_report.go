package supervisor

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"time"

	"github.com/stillmic/stillmic/daemon/engine"
)

// reportsKept is how many reports stay on the disk, the newest ones: a fault that comes
// every five minutes for weeks must not fill it.
const reportsKept = 20

// writeReport saves what is known about a panic in a folder and returns the file's name.
// It holds no audio and nothing about what was said.
func writeReport(dir string, f engine.Fault, version, model string) (string, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", fmt.Errorf("folder for reports: %w", err)
	}
	path := filepath.Join(dir, "fault-"+time.Now().Format("20060102-150405.000")+".txt")
	text := fmt.Sprintf("stillmic %s, %s/%s, %s\nmodel: %s\npanic in the %s: %s\n\n%s",
		version, runtime.GOOS, runtime.GOARCH, runtime.Version(), model, f.From, f.Value, f.Stack)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		return "", fmt.Errorf("write the report: %w", err)
	}
	return path, nil
}

// tidyReports removes all but the newest reports of a folder.
func tidyReports(dir string) error {
	list, err := filepath.Glob(filepath.Join(dir, "fault-*.txt")) // in order: their names are their times
	if err != nil {
		return fmt.Errorf("list the reports: %w", err)
	}
	var errs []error
	for _, old := range list[:max(len(list)-reportsKept, 0)] {
		errs = append(errs, os.Remove(old))
	}
	return errors.Join(errs...)
}
