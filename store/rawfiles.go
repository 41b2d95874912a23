package store

import (
	"os"
	"sync"
)

// rawFiles are the database's own files, opened once to be looked through byte
// by byte and kept open until the store is closed: closing any descriptor of a
// file drops every lock that this process holds on it, SQLite's too, and then
// another program may take the database for abandoned.
type rawFiles struct {
	mu   sync.Mutex
	open map[string]*os.File
}

// get returns the file at path for reading, or an error that says why not.
func (r *rawFiles) get(path string) (*os.File, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if f := r.open[path]; f != nil && stillThere(f, path) {
		return f, nil
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	if r.open == nil {
		r.open = map[string]*os.File{}
	}
	r.open[path] = f
	return f, nil
}

// stillThere tells whether the name stands for the file that was opened.
func stillThere(f *os.File, path string) bool {
	was, err := f.Stat()
	if err != nil {
		return false
	}
	is, err := os.Stat(path)
	return err == nil && os.SameFile(was, is)
}

// close is called when no connection is open any more.
func (r *rawFiles) close() {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, f := range r.open {
		f.Close() // was only read
	}
	r.open = nil
}
