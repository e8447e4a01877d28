package configs

import _ "embed"

// Example is a configuration file with every key and its default.
//
//go:embed stillmic.toml
var Example []byte
