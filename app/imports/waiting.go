package imports

import (
	"context"
	"io"
	"sync"

	"stead/app/access"
	"stead/app/errs"
	"stead/store"
)

// The most of what was uploaded, by anybody of the business, and is not being
// imported. It goes by itself at the end of keepUpload.
const (
	maxWaiting      = 20
	maxWaitingBytes = 4 << 30
)

const tooMuch = "Too much waits to be imported: 20 files, or 4 GB in all, are the most. Import or discard some of them first. What nobody imports is deleted after a week."

var errWaiting = &errs.Error{Kind: errs.Invalid, Code: "imports_waiting", Message: tooMuch, Fields: map[string]string{"file": tooMuch}}

// mayWait tells whether what was uploaded may stay. What a command brings is
// imported at once.
func mayWait(ctx context.Context, r *store.Reader, actor access.Actor) error {
	if actor.Kind == access.Terminal {
		return nil
	}
	n, bytes, err := r.ImportsWaiting(ctx)
	if err == nil && (n > maxWaiting || bytes > maxWaitingBytes) {
		err = errWaiting
	}
	return err
}

// arriving is what is being uploaded at this moment.
type arriving struct {
	mu       sync.Mutex
	n, bytes int64
}

func (a *arriving) add(n, bytes int64) (int64, int64) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.n += n
	a.bytes += bytes
	return a.n, a.bytes
}

// upload is a file on its way in, which ends in errWaiting when there is too much.
type upload struct {
	io.Reader
	all            *arriving
	taken, waiting int64
}

// arrive begins an upload beside what waits; done ends it.
func (s *Service) arrive(ctx context.Context, actor access.Actor, r io.Reader) (in io.Reader, done func(), err error) {
	if actor.Kind == access.Terminal {
		return r, func() {}, nil
	}
	n, bytes, err := s.Store.ImportsWaiting(ctx)
	if err != nil {
		return nil, nil, err
	}
	u := &upload{Reader: r, all: &s.coming, waiting: bytes}
	done = func() { u.all.add(-1, -u.taken) }
	if others, _ := u.all.add(1, 0); n+others > maxWaiting || bytes >= maxWaitingBytes {
		done()
		return nil, nil, errWaiting
	}
	return u, done, nil
}

func (u *upload) Read(b []byte) (int, error) {
	n, err := u.Reader.Read(b)
	u.taken += int64(n)
	if _, bytes := u.all.add(0, int64(n)); u.waiting+bytes > maxWaitingBytes {
		return n, errWaiting
	}
	return n, err
}
