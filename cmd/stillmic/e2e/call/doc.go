// Package call tests what a call through the program is like: sound, delay, starting,
// idling, load, rules, restarts.
package call
