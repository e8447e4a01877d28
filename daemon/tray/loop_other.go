//go:build windows || (darwin && cgo)

package tray

import "fyne.io/systray"

// loop shows the icon for as long as run lasts. first sets what it shows and says at the beginning.
func loop(first, run, ended func()) {
	systray.Run(func() {
		first()
		go func() {
			run()
			systray.Quit()
		}()
	}, ended)
}
