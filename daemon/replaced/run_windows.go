package replaced

import "errors"

// Run is never called: Windows replaces no program that runs.
func (w *Watch) Run() error { return errors.ErrUnsupported }
