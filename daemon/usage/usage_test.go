package usage

import (
	"runtime"
	"testing"
	"time"
)

// Memory that is written to counts, and so does the time that it takes.
func TestUsage(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("SKIPPED: the system does not tell here")
	}
	before, err := ResidentMB()
	if err != nil {
		t.Fatal(err)
	}
	begin := ProcessorTime()
	const size = 64 << 20
	held := make([]byte, size)
	for end := time.Now().Add(50 * time.Millisecond); time.Now().Before(end); {
		for i := 0; i < size; i += 4096 {
			held[i]++
		}
	}
	after, err := ResidentMB()
	if err != nil || after-before < 0.8*size/1e6 || before < 1 {
		t.Errorf("%.1f MB, then %.1f with %.1f more: %v", before, after, size/1e6, err)
	}
	if spent := ProcessorTime() - begin; spent <= 0 {
		t.Errorf("it took %v", spent)
	}
	runtime.KeepAlive(held)
}
