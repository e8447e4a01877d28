//go:build linux

package cluster

import (
	"testing"

	"github.com/stillmic/stillmic/cmd/stillmic/e2e/stage"
)

func TestMain(m *testing.M) { stage.Main(m) }
