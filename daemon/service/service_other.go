//go:build !linux && !darwin && !windows

package service

func newManager(string) (Manager, error) { return nil, ErrUnsupported }
