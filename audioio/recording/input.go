package recording

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
)

// OpenInput opens a recording, or reads one from the standard input if path is "-". What another
// program has yet to write, as with a pipe, is not waited for once ctx has ended: its error is
// that of opening and of reading then.
func OpenInput(ctx context.Context, path string) (Reader, error) {
	name, open := path, func() (*os.File, error) { return os.Open(path) }
	if path == "-" {
		name, open = "the standard input", func() (*os.File, error) { return os.Stdin, nil }
	} else if st, err := os.Stat(path); err != nil || st.Mode().IsRegular() || st.IsDir() {
		return Open(path)
	}
	in := newInput(ctx, open)
	r, err := NewReader(in)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("read %s: %w", name, err), in.Close())
	}
	return &withFile{Reader: r, file: in}, nil
}

// input reads a file that may have nothing to read for as long as it likes: a goroutine waits for
// it, and is left alone when ctx ends.
type input struct {
	ctx    context.Context
	chunks chan chunk // of two buffers in turn: the next is filled while one is read
	closed chan struct{}
	rest   chunk
}

// chunk is what was read, and why no more can be.
type chunk struct {
	bytes []byte
	err   error
}

const chunkBytes = 64 << 10

func newInput(ctx context.Context, open func() (*os.File, error)) *input {
	in := &input{ctx: ctx, chunks: make(chan chunk), closed: make(chan struct{})}
	go in.fetch(open)
	return in
}

// fetch reads the file to its end, or until the input is closed.
func (in *input) fetch(open func() (*os.File, error)) {
	f, err := open()
	if err == nil {
		defer f.Close()
	}
	now, next := make([]byte, chunkBytes), make([]byte, chunkBytes)
	for {
		c := chunk{err: err}
		if err == nil {
			var n int
			n, err = f.Read(now)
			c = chunk{now[:n], err}
		}
		select {
		case in.chunks <- c:
		case <-in.closed:
			return
		}
		if err != nil {
			return
		}
		now, next = next, now
	}
}

// Read is that of io.Reader.
func (in *input) Read(p []byte) (n int, err error) {
	for len(in.rest.bytes) == 0 {
		if in.rest.err != nil {
			return 0, in.rest.err
		}
		select {
		case <-in.ctx.Done():
			in.rest = chunk{err: in.ctx.Err()}
		case in.rest = <-in.chunks:
		}
	}
	n = copy(p, in.rest.bytes)
	in.rest.bytes = in.rest.bytes[n:]
	return n, nil
}

// Close gives the file back as soon as a read of it that waits returns.
func (in *input) Close() error {
	close(in.closed)
	return nil
}

var _ io.ReadCloser = (*input)(nil)
