package daemon

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"time"
)

// writeReport saves what is known about a panic and returns the file's name.
// It holds no audio and nothing about what was said.
func writeReport(f Fault, version, model string) (string, error) {
	dir, err := StateDir()
	if err != nil {
		return "", err
	}
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
