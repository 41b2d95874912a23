package store

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
)

// LockFile is the name of the lock in the data folder.
const LockFile = "stead.lock"

// Lock is a process's hold on a data folder. It ends with the process, however
// that ends; the file stays and says nothing by itself.
type Lock struct{ file *os.File }

// LockedError says that another process has the data folder. PID is 0 when it
// has not said who it is.
type LockedError struct{ PID int }

// Error names the other process.
func (e *LockedError) Error() string {
	return fmt.Sprintf("store: the data folder is in use by process %d", e.PID)
}

// LockDir takes the data folder for this process, at once or not at all: the
// error is a *LockedError when another process has it, ErrReadOnly or ErrFull
// when the folder cannot be written.
func LockDir(dir string) (*Lock, error) {
	f, err := os.OpenFile(filepath.Join(dir, LockFile), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, diskError(err)
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		defer f.Close()
		if errors.Is(err, syscall.EWOULDBLOCK) {
			return nil, &LockedError{PID: readPID(f)}
		}
		return nil, err
	}
	if err := writePID(f); err != nil {
		return nil, errors.Join(diskError(err), f.Close())
	}
	return &Lock{file: f}, nil
}

// Release gives the folder back.
func (l *Lock) Release() error { return l.file.Close() }

func writePID(f *os.File) error {
	if err := f.Truncate(0); err != nil {
		return err
	}
	_, err := f.WriteAt([]byte(strconv.Itoa(os.Getpid())+"\n"), 0)
	return err
}

func readPID(f *os.File) int {
	text, err := io.ReadAll(io.LimitReader(f, 32))
	if err != nil {
		return 0
	}
	pid, err := strconv.Atoi(strings.TrimSpace(string(text)))
	if err != nil {
		return 0
	}
	return pid
}

// diskError adds what the caller can do something about.
func diskError(err error) error {
	switch {
	case errors.Is(err, os.ErrPermission), errors.Is(err, syscall.EROFS):
		return errors.Join(ErrReadOnly, err)
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT):
		return errors.Join(ErrFull, err)
	}
	return err
}
