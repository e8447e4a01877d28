package doctor

import (
	"github.com/godbus/dbus/v5"
)

// panel checks whether the desktop can show the tray icon.
func panel() []Finding {
	const check = "tray icon"
	const watcher = "org.kde.StatusNotifierWatcher"
	bus, err := dbus.SessionBusPrivateNoAutoStartup()
	if err != nil {
		return nil // no desktop session: nobody expects an icon
	}
	defer bus.Close()
	if bus.Auth(nil) != nil || bus.Hello() != nil {
		return nil
	}
	remedy := "GNOME: install the extension AppIndicator and KStatusNotifierItem Support; other desktops: add the status tray " +
		"to the panel. " +
		"stillmic works without it: stillmic status, stillmic strength"
	v, err := bus.Object(watcher, "/StatusNotifierWatcher").GetProperty(watcher + ".IsStatusNotifierHostRegistered")
	if err != nil {
		return []Finding{{check, Warn, "this desktop shows none: no panel takes them", remedy}}
	}
	if there, ok := v.Value().(bool); !ok || !there {
		return []Finding{{check, Warn, "this desktop knows of icons, and no panel shows them", remedy}}
	}
	return []Finding{{check, OK, "a panel shows it: stillmic tray", ""}}
}
