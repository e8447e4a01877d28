package tray

import "fyne.io/systray"

// loop shows the icon for as long as run lasts. systray reads the icon and what it says once, and sends changes only
// after the icon is on the bus: what changed in between would never be shown. So first sets both before, and run begins
// after.
func loop(first, run, ended func()) {
	first()
	start, end := systray.RunWithExternalLoop(nil, ended)
	start()
	run()
	end()
}
