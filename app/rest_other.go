//go:build !linux

package app

// unmapProgram does nothing where the kernel has no such advice.
func unmapProgram() {}
