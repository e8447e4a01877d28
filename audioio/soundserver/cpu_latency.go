package soundserver

import (
	"encoding/binary"
	"errors"
	"io/fs"
	"os"
)

// latencyDevice is the kernel's PM QoS file: while it is held open, no processor
// enters a sleep state that takes longer to leave than the microseconds written
// to it (Documentation/power/pm_qos_interface.rst). Audio servers and studios
// use it.
const latencyDevice = "/dev/cpu_dma_latency"

// keepAwake keeps the processors awake until the file is closed. A virtual machine
// needs it most: its host wakes an idle processor some milliseconds late, again
// and again, and a sound server's graph of 5 ms then misses its time although
// nothing else runs. Only root may; nil without an error means that it is not so.
func keepAwake() (*os.File, error) {
	f, err := os.OpenFile(latencyDevice, os.O_WRONLY, 0)
	switch {
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, fs.ErrPermission):
		return nil, nil
	case err != nil:
		return nil, err
	}
	if _, err := f.Write(binary.NativeEndian.AppendUint32(nil, 0)); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}
