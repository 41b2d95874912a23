package tabular

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"
)

// line is one physical line without its end. A reason says that it cannot be
// taken; its text is then cut.
type line struct {
	number int64
	text   string
	reason string
}

// lines splits a text into physical lines, which end in LF, CR or CRLF, and
// reads each as UTF-8 or, where it is none, as Windows-1252.
type lines struct {
	in     *bufio.Reader
	number int64
	buf    []byte
	skipLF bool // the last line ended in CR
	marked bool // the byte order mark was looked for
}

func newLines(r io.Reader, encoding string) *lines {
	switch encoding {
	case UTF16LE:
		r = transform.NewReader(r, unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewDecoder())
	case UTF16BE:
		r = transform.NewReader(r, unicode.UTF16(unicode.BigEndian, unicode.UseBOM).NewDecoder())
	}
	return &lines{in: bufio.NewReaderSize(r, 64<<10)}
}

// next returns io.EOF after the last line. The text after the last line end is a
// line when there is any.
func (l *lines) next() (line, error) {
	l.buf = l.buf[:0]
	long, any := false, false
	for {
		chunk, err := l.chunk()
		if len(chunk) > 0 {
			any = true
			if room := MaxLine - len(l.buf); len(chunk) > room {
				long = true
				chunk = chunk[:max(room, 0)]
			}
			l.buf = append(l.buf, chunk...)
		}
		switch {
		case errors.Is(err, errMore):
			continue
		case errors.Is(err, io.EOF) && !any:
			return line{}, io.EOF
		case err != nil && !errors.Is(err, io.EOF):
			return line{}, err
		}
		l.number++
		return l.line(long), nil
	}
}

var errMore = errors.New("the line goes on")

// chunk returns a part of the current line, and nil when that was its last. It
// is good until the next read.
func (l *lines) chunk() ([]byte, error) {
	if !l.marked {
		l.marked = true
		if mark, err := l.in.Peek(3); err == nil && bytes.Equal(mark, []byte("\xEF\xBB\xBF")) {
			_, _ = l.in.Discard(3)
		}
	}
	if l.skipLF {
		l.skipLF = false
		if b, err := l.in.Peek(1); err == nil && b[0] == '\n' {
			_, _ = l.in.Discard(1)
		}
	}
	if _, err := l.in.Peek(1); err != nil {
		return nil, err
	}
	have, _ := l.in.Peek(l.in.Buffered())
	end := bytes.IndexByte(have, '\n')
	if cr := bytes.IndexByte(have[:max(end, 0)], '\r'); cr >= 0 {
		end = cr
	} else if end < 0 {
		end = bytes.IndexByte(have, '\r')
	}
	if end < 0 {
		_, _ = l.in.Discard(len(have))
		return have, errMore
	}
	l.skipLF = have[end] == '\r'
	_, _ = l.in.Discard(end + 1)
	return have[:end], nil
}

func (l *lines) line(long bool) line {
	out := line{number: l.number}
	raw := l.buf
	switch {
	case long:
		out.reason, raw = ReasonLong, raw[:maxRaw]
	case bytes.IndexByte(raw, 0) >= 0:
		out.reason, raw = ReasonNUL, raw[:min(len(raw), maxRaw)]
	}
	if utf8.Valid(raw) || out.reason == ReasonLong && utf8.Valid(trimTail(raw)) {
		out.text = string(trimTail(raw))
	} else {
		text, _ := charmap.Windows1252.NewDecoder().Bytes(raw) // every byte means something
		out.text = string(text)
	}
	if out.reason == ReasonNUL {
		out.text = strings.ReplaceAll(out.text, "\x00", nulMark)
	}
	if cap(l.buf) > 64<<10 { // one long line does not hold its room for ever
		l.buf = nil
	}
	return out
}

// nulMark is how a nought is shown.
const nulMark = "\u2400"

// trimTail leaves out a last character that was cut.
func trimTail(raw []byte) []byte {
	for i := 1; i <= min(3, len(raw)); i++ {
		if b := raw[len(raw)-i]; utf8.RuneStart(b) {
			if !utf8.FullRune(raw[len(raw)-i:]) {
				return raw[:len(raw)-i]
			}
			break
		}
	}
	return raw
}
