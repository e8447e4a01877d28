package archive

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
)

// checksum returns the SHA-256 and the length of a file.
func checksum(ctx context.Context, path string) (sum string, size int64, err error) {
	f, err := os.Open(path)
	if err != nil {
		return "", 0, err
	}
	defer f.Close()
	h := sha256.New()
	p := make([]byte, 256<<10)
	for {
		if err := ctx.Err(); err != nil {
			return "", 0, err
		}
		n, err := f.Read(p)
		h.Write(p[:n])
		size += int64(n)
		if errors.Is(err, io.EOF) {
			return hex.EncodeToString(h.Sum(nil)), size, nil
		}
		if err != nil {
			return "", 0, err
		}
	}
}

// Check says how a result that is there is held against its record.
type Check string

// The ways to check a result.
const (
	CheckSHA256 Check = "sha256" // every byte of it is read
	CheckSize   Check = "size"
)

// ParseCheck reads the name of a check.
func ParseCheck(s string) (Check, error) {
	switch c := Check(s); c {
	case CheckSHA256, CheckSize:
		return c, nil
	}
	return "", fmt.Errorf("invalid check %q: use sha256 or size", s)
}

// holds reports whether the file of a record is there as it was written.
func (c Check) holds(ctx context.Context, r *Record) (bool, error) {
	st, err := os.Stat(r.Output)
	if err != nil || !st.Mode().IsRegular() || st.Size() != r.OutputBytes {
		return false, nil // gone, or another
	}
	if c == CheckSize {
		return true, nil
	}
	sum, _, err := checksum(ctx, r.Output)
	return sum == r.OutputSHA256, err
}
