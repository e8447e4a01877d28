package doctor

import "io/fs"

// isOpen reports false: a user's own folders are closed to others by lists that the mode does not show.
func isOpen(fs.FileMode) bool { return false }
