package power

import (
	"os"
	"path/filepath"
	"testing"
)

func TestOnBattery(t *testing.T) {
	battery := func(status string) map[string]string { return map[string]string{"type": "Battery", "status": status} }
	adapter := func(online string) map[string]string { return map[string]string{"type": "Mains", "online": online} }
	mouse := map[string]string{"type": "Battery", "status": "Discharging", "scope": "Device"}
	type supplies map[string]map[string]string
	for what, c := range map[string]struct {
		supplies supplies
		want     bool
	}{
		"desktop":               {supplies{}, false},
		"laptop on battery":     {supplies{"AC": adapter("0"), "BAT0": battery("Discharging")}, true},
		"laptop plugged in":     {supplies{"AC": adapter("1"), "BAT0": battery("Charging")}, false},
		"adapter too weak":      {supplies{"AC": adapter("1"), "BAT0": battery("Discharging")}, false},
		"one of two batteries":  {supplies{"AC": adapter("0"), "BAT0": battery("Not charging"), "BAT1": battery("Discharging")}, true},
		"mouse beside a PC":     {supplies{"hidpp_battery_0": mouse}, false},
		"no adapter is listed":  {supplies{"BAT0": battery("Discharging")}, true},
		"full, adapter unknown": {supplies{"BAT0": battery("Full")}, false},
	} {
		dir := t.TempDir()
		for supply, values := range c.supplies {
			for name, value := range values {
				path := filepath.Join(dir, supply, name)
				if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(path, []byte(value+"\n"), 0o600); err != nil {
					t.Fatal(err)
				}
			}
		}
		if got := onBattery(dir); got != c.want {
			t.Errorf("%s: %v, want %v", what, got, c.want)
		}
	}
}
