// Package windows runs the program for Windows under Wine, with its sound on a private PulseAudio:
// scripts/test --windows. What Wine cannot prove is in cmd/stillmic/README.md.
package windows
