// Package tray tests the tray entry in a real panel.
package tray
