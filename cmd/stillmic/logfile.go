package main

import (
	"os"
	"sync"
)

// logFile is a file that is appended to, by several programs at once perhaps. When it is long it begins
// anew, with what it held kept beside it, as NAME.old. It stays open meanwhile: Windows renames no
// file that is in use.
type logFile struct {
	mu   sync.Mutex
	file *os.File
	most int64 // bytes after which it begins anew
}

// openLogFile opens a file that only the user can read.
func openLogFile(path string, most int64) (*logFile, error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, err
	}
	return &logFile{file: f, most: most}, nil
}

// Write implements io.Writer.
func (l *logFile) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if st, err := l.file.Stat(); err == nil && st.Size()+int64(len(p)) > l.most {
		l.beginAnew()
	}
	return l.file.Write(p)
}

// beginAnew empties the file. What it held is lost where no copy can be written: a full disk is the
// last place for a log that grows.
func (l *logFile) beginAnew() {
	path := l.file.Name()
	if text, err := os.ReadFile(path); err == nil {
		_ = os.WriteFile(path+".old", text, 0o600)
	}
	_ = os.Truncate(path, 0)
}
