package imports

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"stead/app/tabular"
	"stead/store"
)

// A file is read and understood beside the writes, a little ahead of them: what
// waits is bounded, and a reading that nobody takes from ends by itself.
const (
	chunkRows = 64
	chunks    = 32
	skipRows  = 1000 // that were done before, in one piece
	idle      = 2 * time.Minute
)

// chunk is a piece of what was read; the last one says how it ended.
type chunk struct {
	rows   []row
	last   bool
	counts tabular.Counts
	err    error
}

// reading is a file that is being read for one operation.
type reading struct {
	operation string
	after     int64 // the last line that was taken from it
	out       chan chunk
	cancel    context.CancelFunc
	held      []row // taken out of the channel and not done yet
	ended     bool
	counts    tabular.Counts
	err       error
	rejects   *writing // once everything was read
}

func (r *reading) stop() { r.cancel() }

var errIdle = errors.New("imports: nobody took what was read")

// reading returns what is read for an operation, from behind a line on: the one
// that is under way, or a new one.
func (s *Service) reading(ctx context.Context, i store.Import, operation string, after int64) (*reading, error) {
	s.mu.Lock()
	r := s.readings[i.ID]
	s.mu.Unlock()
	if r != nil && r.operation == operation && r.after == after && !errors.Is(r.err, errIdle) {
		return r, nil
	}
	if r != nil {
		s.drop(i.ID)
	}
	settings, err := readSettings(i)
	if err != nil {
		return nil, err
	}
	fields, err := s.Store.Fields(ctx, "contact")
	if err != nil {
		return nil, err
	}
	// It outlives the job that began it.
	open, cancel := context.WithCancel(context.WithoutCancel(ctx))
	src, file, err := s.open(open, i, settings.Format)
	if err != nil {
		cancel()
		return nil, err
	}
	r = &reading{operation: operation, after: after, out: make(chan chunk, chunks), cancel: cancel}
	go s.read(open, r, src, file, newReader(settings, i, fields), after)
	s.mu.Lock()
	s.readings[i.ID] = r
	s.mu.Unlock()
	return r, nil
}

// drop ends what is read of an import.
func (s *Service) drop(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if r := s.readings[id]; r != nil {
		r.stop()
	}
	delete(s.readings, id)
}

// open opens what was uploaded.
func (s *Service) open(ctx context.Context, i store.Import, f tabular.Format) (tabular.Source, io.Closer, error) {
	file, err := s.Store.File(ctx, i.FileID)
	if err != nil {
		return nil, nil, fmt.Errorf("imports: upload: %w", err)
	}
	in, err := s.Files.Open(ctx, file)
	if err != nil {
		return nil, nil, err
	}
	src, err := tabular.Open(in, f)
	if err != nil {
		return nil, nil, errors.Join(fileProblem(err), in.Close())
	}
	return src, in, nil
}

// read reads to the end and understands each record, with the pauses of long work.
func (s *Service) read(ctx context.Context, r *reading, src tabular.Source, file io.Closer, understand reader, after int64) {
	defer close(r.out)
	defer file.Close()
	defer src.Close()
	at := s.Now().UnixMilli()
	for {
		began := s.Now()
		c := s.piece(ctx, src, understand, after, at)
		if len(c.rows) > 0 || c.last {
			if !r.send(ctx, c) || c.last {
				return
			}
		}
		if err := s.Work.Rest(ctx, s.Now().Sub(began)); err != nil {
			return
		}
	}
}

// piece reads the next records behind a line. Rows get their ids here, so that
// a transaction that runs twice makes the same.
func (s *Service) piece(ctx context.Context, src tabular.Source, understand reader, after, at int64) chunk {
	defer s.Work.Turn(ctx)()
	c := chunk{rows: make([]row, 0, chunkRows)}
	for n := 0; n < skipRows && len(c.rows) < chunkRows; n++ {
		rec, err := src.Next()
		if err != nil {
			c.last, c.counts = true, src.Counts()
			if !errors.Is(err, io.EOF) {
				c.err = fileProblem(err)
			}
			return c
		}
		if rec.End <= after {
			continue
		}
		next := understand.read(rec)
		if next.reason == "" {
			next.person.ID = s.NewID()
			next.person.Stamp(s.NewID, at)
		}
		c.rows = append(c.rows, next)
	}
	return c
}

// send tells whether anybody still takes what is read.
func (r *reading) send(ctx context.Context, c chunk) bool {
	select {
	case r.out <- c:
		return true
	default:
	}
	timer := time.NewTimer(idle)
	defer timer.Stop()
	select {
	case r.out <- c:
		return true
	case <-ctx.Done():
	case <-timer.C:
	}
	return false
}

// take returns at most n rows that are to be done next, of those that are there
// within a moment. They stay held until done is called.
func (r *reading) take(ctx context.Context, n int) ([]row, error) {
	wait := time.NewTimer(time.Second)
	defer wait.Stop()
	for len(r.held) < n && !r.ended && r.err == nil {
		var c chunk
		var ok bool
		select {
		case c, ok = <-r.out:
		default:
			if len(r.held) > 0 {
				return r.held[:min(n, len(r.held))], nil
			}
			select {
			case c, ok = <-r.out:
			case <-wait.C:
				return nil, nil
			case <-ctx.Done():
				return nil, ctx.Err()
			}
		}
		if !ok {
			r.err = errIdle
			break
		}
		r.held = append(r.held, c.rows...)
		if c.last {
			r.ended, r.counts, r.err = c.err == nil, c.counts, c.err
		}
	}
	if len(r.held) == 0 && r.err != nil {
		return nil, r.err
	}
	return r.held[:min(n, len(r.held))], nil
}

// done lets go of rows that were taken.
func (r *reading) done(rows []row) {
	if len(rows) > 0 {
		r.after = rows[len(rows)-1].end
		r.held = r.held[len(rows):]
		if len(r.held) == 0 {
			r.held = nil
		}
	}
}

// over tells that everything was read and done.
func (r *reading) over() bool { return r.ended && len(r.held) == 0 }
