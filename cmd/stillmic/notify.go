package main

import (
	"html"

	"github.com/godbus/dbus/v5"

	"github.com/stillmic/stillmic/daemon/messages"
)

// tellDesktop shows a notification in the person's language, where there is a desktop that does.
func tellDesktop(title, body string) {
	if text, err := messages.ForSystem(); err == nil {
		body = text.Said(body)
	}
	bus, err := dbus.ConnectSessionBus()
	if err != nil {
		return
	}
	defer bus.Close()
	const standardTime = int32(-1) // the desktop's own
	_ = bus.Object("org.freedesktop.Notifications", "/org/freedesktop/Notifications").Call("org.freedesktop.Notifications.Notify",
		0, "Stillmic", uint32(0), "stillmic", title, html.EscapeString(body), []string{},
		map[string]dbus.Variant{}, standardTime).Err
}
