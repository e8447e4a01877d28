// Package fault tests what the program does when something goes wrong: server, device,
// machine, clock, itself.
package fault
