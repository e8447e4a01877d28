package control

import "fmt"

// LatencyBudget is the delay that the network may take to clean the microphone, from
// sound in to sound out; devices add theirs.
type LatencyBudget string

// The budgets: with 40 ms the network hears 20 ms ahead and sounds best.
const (
	Latency20 LatencyBudget = "20ms"
	Latency40 LatencyBudget = "40ms"
)

// LatencyBudgets lists them.
var LatencyBudgets = []LatencyBudget{Latency20, Latency40}

// UnmarshalText implements encoding.TextUnmarshaler, for TOML and JSON.
func (b *LatencyBudget) UnmarshalText(text []byte) error {
	switch v := LatencyBudget(text); v {
	case Latency20, Latency40:
		*b = v
		return nil
	}
	return fmt.Errorf("invalid latency %q: use 20ms or 40ms", text)
}
