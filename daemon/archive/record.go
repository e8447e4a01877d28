package archive

import (
	"encoding/json"
	"fmt"
	"math"
	"time"

	"github.com/stillmic/stillmic/daemon/clean"
	"github.com/stillmic/stillmic/daemon/measure"
)

// Schema is the version of the records' format, configs/report.schema.json.
const Schema = 1

// Status says what became of a recording.
type Status string

// What a record can say.
const (
	Done   Status = "done"
	Failed Status = "failed"
)

// Record is what a report keeps of one recording: a line of JSON. What a failed recording
// has not got is left out.
type Record struct {
	Schema int    `json:"schema"`
	Row    string `json:"row"` // Row.Key
	ID     string `json:"id,omitempty"`
	Status Status `json:"status"`
	Error  string `json:"error,omitempty"`
	Input  string `json:"input"`
	Output string `json:"output"`

	InputBytes   int64  `json:"input_bytes,omitempty"`
	InputSHA256  string `json:"input_sha256,omitempty"`
	OutputBytes  int64  `json:"output_bytes,omitempty"`
	OutputSHA256 string `json:"output_sha256,omitempty"`

	Seconds  float64 `json:"seconds,omitempty"`
	Rate     int     `json:"rate,omitempty"` // of the output, Hz
	Channels int     `json:"channels,omitempty"`
	Measured

	Warnings []string          `json:"warnings,omitempty"`
	Settings map[string]string `json:"settings"` // flags of "stillmic clean" and their values
	Program

	Host     string    `json:"host"`
	Shard    string    `json:"shard"`
	Finished time.Time `json:"finished"` // UTC
	Took     float64   `json:"took_seconds"`
	CPU      float64   `json:"cpu_seconds,omitempty"` // of its thread and of ffmpeg; known on Linux
}

// Program is what cleaned a recording.
type Program struct {
	Version string `json:"version"`
	Network string `json:"network"`
	Weights string `json:"weights_sha256"`
}

// Measured are levels of a recording before and after. What is not known is left out: the
// loudness of silence, for instance.
type Measured struct {
	LoudnessBefore *float64 `json:"loudness_before_lufs,omitempty"` // EBU R 128
	LoudnessAfter  *float64 `json:"loudness_after_lufs,omitempty"`
	NoiseBefore    *float64 `json:"noise_before_dbfs,omitempty"` // level of its pauses
	NoiseAfter     *float64 `json:"noise_after_dbfs,omitempty"`
	Speech         *float64 `json:"speech_share,omitempty"` // of the time, 0 to 1
}

// take sets what cleaning has found.
func (r *Record) take(res clean.Result) {
	r.Seconds = math.Round(1000*res.Seconds) / 1000
	r.Rate, r.Channels = res.Rate, res.Channels
	r.Measured = Measured{known(res.LUFS.Before), known(res.LUFS.After), known(res.Noise.Before), known(res.Noise.After),
		&res.Speech}
	if res.Clipped > 0 {
		r.warn("%d samples were beyond full scale and were cut", res.Clipped)
	}
	if res.Replaced > 0 {
		r.warn("%d samples were no numbers and were taken as silence", res.Replaced)
	}
	if res.Truncated {
		r.warn("it is truncated or damaged; what was there was cleaned")
	}
	if res.LeftOut > 0 {
		r.warn("only the first sound track is in the result; %d more left out", res.LeftOut)
	}
	if l := res.Loudness; l != nil && l.Warning != "" {
		r.warn("%s", l.Warning)
	}
}

// known returns a figure with two digits, nil for one that is not known.
func known(d measure.Decibels) *float64 {
	if !d.Known() {
		return nil
	}
	x := math.Round(100*float64(d)) / 100
	return &x
}

func (r *Record) warn(format string, args ...any) {
	r.Warnings = append(r.Warnings, fmt.Sprintf(format, args...))
}

// line returns a record as a line of a report.
func (r *Record) line() ([]byte, error) {
	b, err := json.Marshal(r)
	if err != nil {
		return nil, fmt.Errorf("write a record: %w", err)
	}
	return append(b, '\n'), nil
}
