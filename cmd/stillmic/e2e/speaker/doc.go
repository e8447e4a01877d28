// Package speaker tests what others sound like through Stillmic Speaker: cleaned, on the right
// output, whatever becomes of outputs, server and daemon.
package speaker
