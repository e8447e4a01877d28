package tray

// what names an item of the menu.
type what int

const (
	power what = iota
	muted
	strength
	preset
	microphone
	latency
	standard // make it the system's default
	test
	page
	start
	quit
)

// click is an item that was chosen; id says which one of a list.
type click struct {
	what what
	id   string
}
