package archive

import (
	"errors"
	"fmt"
	"regexp"
	"strings"

	"github.com/stillmic/stillmic/configs"
)

// Slurm describes an array job.
type Slurm struct {
	Program  string // path on the nodes
	Manifest string
	Report   string
	Shards   int
	AtOnce   int      // tasks that run at the same time, 0 for any number
	Memory   string   // of a task, as --mem of sbatch wants it
	Time     string   // limit of a task
	Scratch  string   // folder on the nodes, "" for what SLURM_TMPDIR or TMPDIR says there
	Options  []string // more options of sbatch
	Flags    []string // of "stillmic clean"
}

// plainWord is what a shell takes as it is.
var plainWord = regexp.MustCompile(`^[A-Za-z0-9_@%+=:,./-]+$`)

// quote makes one word of s for a shell.
func quote(s string) string {
	if plainWord.MatchString(s) {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}

// Script returns the job, a shell script for sbatch.
func (s Slurm) Script() (string, error) {
	if s.Shards < 1 || s.Shards > maxShards {
		return "", fmt.Errorf("invalid number of shards %d: use 1 to %d", s.Shards, maxShards)
	}
	for _, option := range append([]string{s.Memory, s.Time}, s.Options...) {
		if strings.ContainsAny(option, "\r\n") {
			return "", errors.New("an option of sbatch is one line")
		}
	}
	array := fmt.Sprintf("0-%d", s.Shards-1)
	if s.AtOnce > 0 {
		array += fmt.Sprintf("%%%d", s.AtOnce)
	}
	scratch := "${SLURM_TMPDIR:-${TMPDIR:-/tmp}}"
	if s.Scratch != "" {
		scratch = quote(s.Scratch)
	}
	var options, flags strings.Builder
	for _, option := range s.Options {
		options.WriteString("#SBATCH " + option + "\n")
	}
	for _, f := range s.Flags {
		flags.WriteString(quote(f) + " ")
	}
	return strings.NewReplacer("#SBATCH @OPTIONS@\n", options.String(), "@ARRAY@", array, "@MEMORY@", s.Memory, "@TIME@", s.Time,
		"@SCRATCH@", scratch, "@PROGRAM@", quote(s.Program), "@MANIFEST@", quote(s.Manifest), "@SHARDS@", fmt.Sprint(s.Shards),
		"@REPORT@", quote(s.Report), "@FLAGS@ ", flags.String()).Replace(configs.Slurm), nil
}
