package store

import (
	"bufio"
	"bytes"
	"context"
	"database/sql"
	"encoding/binary"
	"errors"
	"io"
	"slices"
	"time"
)

const (
	scrubbed   = 64 // pages in one transaction of a scrub
	scrubPause = 10 * time.Millisecond
)

// Scrub empties what holds nothing in the pages of the database in which needles
// stand, and tells how many pages it wrote. secure_delete overwrites what is
// deleted; but where SQLite spreads the rows of a page over others, it leaves
// their bytes behind in the middle of the page, where nothing is until new rows
// need the room. See https://sqlite.org/fileformat.html#b_tree_pages.
//
// No row is touched: each page is read again in the transaction that writes it.
// Writers go in between.
func (s *Store) Scrub(ctx context.Context, needles []Needle) (pages int, err error) {
	patterns, _ := patternsOf(needles)
	scan := newScanner(patterns)
	return s.scrub(ctx, func(gap []byte) bool {
		counts := make([]int64, len(scan.patterns))
		scan.bytes(gap, counts)
		return slices.ContainsFunc(counts, func(n int64) bool { return n > 0 })
	})
}

// ScrubAll is Scrub of every page, whatever is left in it.
func (s *Store) ScrubAll(ctx context.Context) (pages int, err error) { return s.scrub(ctx, stained) }

func stained(gap []byte) bool { return len(bytes.Trim(gap, "\x00")) > 0 }

func (s *Store) scrub(ctx context.Context, holds func(gap []byte) bool) (pages int, err error) {
	path, err := s.path(ctx)
	if path == "" || err != nil {
		return 0, err
	}
	var layout pageLayout
	err = s.q.QueryRowContext(ctx, `SELECT page_size, auto_vacuum FROM pragma_page_size, pragma_auto_vacuum`).Scan(&layout.size, &layout.vacuum)
	if err != nil {
		return 0, s.fault("store.Scrub", err)
	}
	found, err := s.pagesHolding(ctx, path, layout, holds)
	if err != nil || len(found) == 0 {
		return 0, err
	}
	side, err := openAs(path, 1, "0", "synchronous(FULL)")
	if err != nil {
		return 0, s.fault("store.Scrub", err)
	}
	for some := range slices.Chunk(found, scrubbed) {
		n := 0
		err = s.alone(ctx, func(*sql.Conn) (err error) {
			n, err = layout.scrub(ctx, side, some)
			return err
		})
		pages += n
		if err == nil {
			err = Pause(ctx, scrubPause)
		}
		if err != nil {
			break
		}
	}
	return pages, errors.Join(err, side.Close())
}

// pagesHolding lists the pages whose gaps hold something.
func (s *Store) pagesHolding(ctx context.Context, path string, layout pageLayout, holds func(gap []byte) bool) (found []int64, err error) {
	raw, err := s.rawReader(path)
	if err != nil {
		return nil, err
	}
	in, page := bufio.NewReaderSize(raw, chunk), make([]byte, layout.size)
	for number := int64(1); ; number++ {
		switch _, err := io.ReadFull(in, page); {
		case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
			return found, ctx.Err()
		case err != nil:
			return nil, err
		}
		if holds(layout.gap(number, page)) {
			found = append(found, number)
		}
	}
}

// scrub empties the gaps of pages in one transaction, while nobody else writes, and
// tells how many had something in them.
func (l pageLayout) scrub(ctx context.Context, side *sql.DB, pages []int64) (n int, err error) {
	tx, err := side.BeginTx(ctx, nil)
	if err != nil {
		return 0, err
	}
	defer func() { _ = tx.Rollback() }() // an error says that it was committed
	for _, number := range pages {
		var page []byte
		if err := tx.QueryRowContext(ctx, `SELECT data FROM sqlite_dbpage WHERE pgno = $1`, number).Scan(&page); err != nil {
			return 0, err
		}
		gap := l.gap(number, page)
		if !stained(gap) {
			continue
		}
		clear(gap)
		if _, err := tx.ExecContext(ctx, `UPDATE sqlite_dbpage SET data = $1 WHERE pgno = $2`, page, number); err != nil {
			return 0, err
		}
		n++
	}
	return n, tx.Commit()
}

// pageLayout is what the pages of a database have in common.
type pageLayout struct {
	size   int64
	vacuum int64 // not 0: some pages are maps of the others
}

// Kinds of pages that hold rows: the first byte of each.
const (
	indexInner = 2
	tableInner = 5
	indexLeaf  = 10
	tableLeaf  = 13
)

// gap is the part of a page of rows that holds nothing: from the end of the list of
// its rows to the first of them. It is empty for any other page, and for one that is
// not as the format says.
func (l pageLayout) gap(number int64, page []byte) []byte {
	head := 0
	if number == 1 {
		head = 100 // the database's own
	}
	if int64(len(page)) != l.size || l.isMap(number) {
		return nil
	}
	list := head + 8
	switch page[head] {
	case indexLeaf, tableLeaf:
	case indexInner, tableInner:
		list += 4 // the last child
	default:
		return nil
	}
	rows, first := int(binary.BigEndian.Uint16(page[head+3:])), int(binary.BigEndian.Uint16(page[head+5:]))
	if first == 0 {
		first = 1 << 16
	}
	end := list + 2*rows
	if end > first || first > len(page) {
		return nil
	}
	for at := list; at < end; at += 2 {
		if row := int(binary.BigEndian.Uint16(page[at:])); row < first || row >= len(page) {
			return nil
		}
	}
	if free := int(binary.BigEndian.Uint16(page[head+1:])); free != 0 && free < first {
		return nil
	}
	return page[end:first]
}

// isMap tells that a page says of others whose they are: page 2, and each one
// behind as many as fit into such a page. The page at one gigabyte is never used.
func (l pageLayout) isMap(number int64) bool {
	if l.vacuum == 0 || number < 2 {
		return false
	}
	every := l.size/5 + 1
	at := (number-2)/every*every + 2
	if locked := int64(1<<30)/l.size + 1; at == locked {
		at++
	}
	return number == at
}
