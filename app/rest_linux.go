package app

import (
	"os"
	"strconv"
	"strings"
	"syscall"
)

// unmapProgram lets go of the pages of the program itself. They are unchanged
// copies of the file: the few that are needed again are mapped again from the
// kernel's cache at their next use, and the rest, which only the start touched,
// the kernel may drop when memory is short.
func unmapProgram() {
	file, err := os.Executable()
	if err != nil {
		return
	}
	maps, err := os.ReadFile("/proc/self/maps")
	if err != nil {
		return
	}
	for line := range strings.Lines(string(maps)) {
		part := strings.Fields(line)
		if len(part) < 6 || part[5] != file || part[1] != "r-xp" && part[1] != "r--p" { // what can be written stays
			continue
		}
		from, to, _ := strings.Cut(part[0], "-")
		begin, err1 := strconv.ParseUint(from, 16, 64)
		end, err2 := strconv.ParseUint(to, 16, 64)
		if err1 == nil && err2 == nil {
			_, _, _ = syscall.Syscall(syscall.SYS_MADVISE, uintptr(begin), uintptr(end-begin), syscall.MADV_DONTNEED) // advice
		}
	}
}
