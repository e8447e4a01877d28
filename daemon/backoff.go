package daemon

import "time"

const (
	backoffFirst = 100 * time.Millisecond
	backoffMost  = 2 * time.Second
)

// backoff spaces out retries: 100 ms, doubling to 2 s, without a last one.
type backoff struct{ last time.Duration }

func (b *backoff) next() time.Duration {
	b.last = min(max(2*b.last, backoffFirst), backoffMost)
	return b.last
}

func (b *backoff) reset() { b.last = 0 }
