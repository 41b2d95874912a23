package store

import (
	"bytes"
	"errors"
	"io"
)

// scanner finds many patterns in one pass: a rolling window of the first five
// bytes asks a filter, then a map, then compares the whole pattern.
type scanner struct {
	patterns []pattern
	byStart  map[uint64][]int
	filter   [1 << filterBits / 64]uint64
	longest  int
}

const (
	filterBits = 20
	windowMask = 1<<(8*minPattern) - 1
	chunk      = 1 << 20
)

func newScanner(patterns []pattern) *scanner {
	s := &scanner{patterns: patterns, byStart: map[uint64][]int{}}
	for i, p := range patterns {
		var window uint64
		for _, c := range p.folded[:minPattern] {
			window = window<<8 | uint64(c)
		}
		s.byStart[window] = append(s.byStart[window], i)
		bit := filterBit(window)
		s.filter[bit/64] |= 1 << (bit % 64)
		s.longest = max(s.longest, len(p.folded))
	}
	return s
}

func filterBit(window uint64) uint64 { return window * 0x9E3779B97F4A7C15 >> (64 - filterBits) }

// stream counts the patterns of all that r gives.
func (s *scanner) stream(r io.Reader, counts []int64) error {
	if len(s.patterns) == 0 {
		return nil
	}
	buf := make([]byte, 0, chunk+s.longest)
	folded := make([]byte, 0, cap(buf))
	for {
		n, err := io.ReadFull(r, buf[len(buf):cap(buf)])
		buf = buf[:len(buf)+n]
		last := errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF)
		if err != nil && !last {
			return err
		}
		folded = foldASCII(folded[:0], buf)
		// A pattern may begin in the tail and end in what is still to come.
		begins := len(buf)
		if !last {
			begins -= s.longest - 1
		}
		s.count(buf, folded, begins, counts)
		if last {
			return nil
		}
		buf = append(buf[:0], buf[begins:]...)
	}
}

// bytes counts the patterns in a text.
func (s *scanner) bytes(text []byte, counts []int64) {
	s.count(text, foldASCII(make([]byte, 0, len(text)), text), len(text), counts)
}

// count adds up the patterns that begin before begins.
func (s *scanner) count(raw, folded []byte, begins int, counts []int64) {
	var window uint64
	for i, c := range folded {
		window = (window<<8 | uint64(c)) & windowMask
		at := i - minPattern + 1
		if at < 0 {
			continue
		}
		if at >= begins {
			return
		}
		bit := filterBit(window)
		if s.filter[bit/64]&(1<<(bit%64)) == 0 {
			continue
		}
		for _, k := range s.byStart[window] {
			p := &s.patterns[k]
			if bytes.HasPrefix(folded[at:], p.folded) && (p.exact == nil || bytes.HasPrefix(raw[at:], p.exact)) {
				counts[k]++
			}
		}
	}
}
