// Package power tells whether the machine runs on battery.
package power

import (
	"os"
	"path/filepath"
	"strings"
)

// supplies is where Linux lists batteries and power adapters.
const supplies = "/sys/class/power_supply"

// OnBattery reports whether a battery drives the machine. Where the system does not say,
// none does.
func OnBattery() bool { return onBattery(supplies) }

// onBattery reports whether a battery of the machine is discharging while no adapter
// is plugged in. Batteries of mice and headsets (scope Device) do not count.
func onBattery(folder string) bool {
	discharging := false
	list, _ := filepath.Glob(filepath.Join(folder, "*")) // the pattern is well formed
	for _, supply := range list {
		value := func(name string) string {
			text, _ := os.ReadFile(filepath.Join(supply, name)) // a supply has what it knows
			return strings.TrimSpace(string(text))
		}
		switch {
		case value("scope") == "Device":
		case value("type") != "Battery" && value("online") == "1":
			return false
		case value("type") == "Battery" && value("status") == "Discharging":
			discharging = true
		}
	}
	return discharging
}
