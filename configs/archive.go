package configs

import _ "embed"

// Slurm is the array job that "stillmic manifest slurm" fills in, where a name stands between
// at signs: archive/slurm.sh.
//
//go:embed archive/slurm.sh
var Slurm string

// ReportSchema describes a line of a report of cleaned recordings, in JSON Schema 2020-12:
// report.schema.json.
//
//go:embed report.schema.json
var ReportSchema []byte
