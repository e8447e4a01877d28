package configs

import _ "embed"

// OpenAPI describes the control API: openapi.yaml.
//
//go:embed openapi.yaml
var OpenAPI []byte
