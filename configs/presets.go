// Package configs holds the files that ship with stillmic and that its program
// carries within itself.
package configs

import "embed"

// Presets are the presets, one file each: presets/NAME.toml.
//
//go:embed presets/*.toml
var Presets embed.FS
