package store

import (
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"
)

// Two descriptors of one file lock each other out even within a process, so
// the second process need not be a real one here.
func TestSecondProcessIsToldWhoHasTheFolder(t *testing.T) {
	dir := t.TempDir()
	first, err := LockDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	_, err = LockDir(dir)
	var locked *LockedError
	if !errors.As(err, &locked) || locked.PID != os.Getpid() {
		t.Fatalf("got %v", err)
	}
	if waited := time.Since(began); waited > time.Second {
		t.Errorf("it took %v", waited)
	}
	if err := first.Release(); err != nil {
		t.Fatal(err)
	}
	second, err := LockDir(dir)
	if err != nil {
		t.Fatalf("the folder is free, and yet: %v", err)
	}
	if err := second.Release(); err != nil {
		t.Error(err)
	}
}

func TestLockOfADeadProcessIsTaken(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, LockFile)
	if err := os.WriteFile(path, []byte("999999999 and more\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	lock, err := LockDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := lock.Release(); err != nil {
			t.Error(err)
		}
	}()
	text, err := os.ReadFile(path)
	if err != nil || string(text) != strconv.Itoa(os.Getpid())+"\n" {
		t.Errorf("%q %v", text, err)
	}
}

func TestFolderThatIsNotThereIsTold(t *testing.T) {
	_, err := LockDir(filepath.Join(t.TempDir(), "nowhere"))
	if !errors.Is(err, os.ErrNotExist) {
		t.Errorf("got %v", err)
	}
}
