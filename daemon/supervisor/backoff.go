package supervisor

import "time"

const (
	backoffFirst = 100 * time.Millisecond
	backoffMost  = 500 * time.Millisecond
)

// backoff spaces out retries: 100 ms, doubling to 500 ms, without a last one: to try
// costs microseconds, and audio is to be back within a second of the server.
type backoff struct{ last time.Duration }

func (b *backoff) next() time.Duration {
	b.last = min(max(2*b.last, backoffFirst), backoffMost)
	return b.last
}

func (b *backoff) reset() { b.last = 0 }
