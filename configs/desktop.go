// Package configs holds the files that stillmic writes for the system it runs on.
package configs

import _ "embed"

var (
	// Unit is the systemd user unit, for a program in /usr/bin.
	//go:embed stillmic.service
	Unit string

	// Tray is the desktop entry of the tray icon, for the menu and for
	// autostart; for a program in /usr/bin.
	//go:embed stillmic-tray.desktop
	Tray string

	// Agent is the launchd agent of macOS, in the template language of
	// github.com/kardianos/service.
	//go:embed stillmic.plist
	Agent string

	// Task is the logon task of Windows, with {{User}} and {{Path}} to fill in.
	//go:embed stillmic-task.xml
	Task string
)
