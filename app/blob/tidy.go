package blob

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"slices"
	"time"

	"stead/store"
)

// remove deletes files whose rows are gone. What cannot be deleted now is found
// by the next Tidy.
func (b *Files) remove(ids []string) {
	for _, id := range ids {
		path, err := b.path(id)
		if err == nil {
			err = os.Remove(path)
		}
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			b.Log.Error("a file was not removed", "file_id", id, "err", err)
		}
	}
}

// Discard removes files that were put and never got a row.
func (b *Files) Discard(ids ...string) { b.remove(ids) }

// Tidied is what Tidy found.
type Tidied struct {
	Removed int // files without a row
	Missing int // rows without a file
}

// young is how long a file may wait for its row: an upload is still on its way.
const young = 24 * time.Hour

// Tidy removes the files that have no row, and counts the rows that have no
// file. At a start, when nothing is being written, that is everything; else
// files of the last day are left alone.
func (b *Files) Tidy(ctx context.Context, starting bool) (Tidied, error) {
	var done Tidied
	lies, err := b.lying()
	if err != nil {
		return done, err
	}
	for after := ""; ; {
		ids, err := b.Store.FileIDs(ctx, after, store.MaxPage)
		if err != nil {
			return done, err
		}
		for _, id := range ids {
			if !lies[id] {
				done.Missing++
			}
			delete(lies, id)
		}
		if len(ids) < store.MaxPage {
			break
		}
		after = ids[len(ids)-1]
	}
	for name := range lies {
		gone, err := b.discard(name, starting)
		if err != nil {
			return done, err
		}
		if gone {
			done.Removed++
		}
	}
	if done != (Tidied{}) {
		b.Log.WarnContext(ctx, "files were tidied", "removed", done.Removed, "missing", done.Missing)
	}
	return done, nil
}

// lying lists what is in the folder.
func (b *Files) lying() (map[string]bool, error) {
	entries, err := os.ReadDir(b.folder())
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	out := make(map[string]bool, len(entries))
	for _, e := range slices.DeleteFunc(entries, fs.DirEntry.IsDir) {
		out[e.Name()] = true
	}
	return out, nil
}

// discard removes a file that has no row, unless it may yet get one.
func (b *Files) discard(name string, starting bool) (bool, error) {
	root, err := os.OpenRoot(b.folder())
	if err != nil {
		return false, err
	}
	defer root.Close()
	info, err := root.Lstat(name)
	if errors.Is(err, fs.ErrNotExist) || err == nil && !starting && b.Now().Sub(info.ModTime()) < young {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	return true, root.Remove(name)
}
