package web

import (
	"errors"
	"io"
	"log/slog"
	"mime"
	"mime/multipart"
	"net/http"
	"strconv"
	"strings"
	"time"

	"stead/app/errs"
)

// The most of a form with files that is not a file.
const (
	maxFields = 40
	maxField  = 64 << 10
)

// Upload is one file of a form, as it comes in.
type Upload struct {
	Name  string // as the browser calls it
	Field string
	io.Reader
}

// Uploads reads a form with files, part by part, and hands each file over while
// it comes in: nothing of it is ever put into a temporary file, where it would
// lie in the clear. The fields stand before the files. An error of each ends it.
// Whoever sends nothing for a while is cut off.
func Uploads(w http.ResponseWriter, r *http.Request, each func(fields map[string]string, file Upload) error) (map[string]string, error) {
	parts, err := r.MultipartReader()
	if err != nil {
		return nil, &StatusError{Status: http.StatusBadRequest, Message: "The form could not be read."}
	}
	slow := patience(w)
	defer slow.Stop()
	fields := map[string]string{}
	for {
		part, err := parts.NextPart()
		if errors.Is(err, io.EOF) {
			return fields, nil
		}
		if err != nil {
			return fields, formError(err)
		}
		slow.Reset(Usual.Read)
		if err := onePart(fields, part, slow, each); err != nil {
			return fields, err
		}
	}
}

func onePart(fields map[string]string, part *multipart.Part, slow *time.Timer, each func(map[string]string, Upload) error) error {
	if name := part.FileName(); name != "" {
		return each(fields, Upload{Name: name, Field: part.FormName(), Reader: &patient{part, slow}})
	}
	text, err := io.ReadAll(io.LimitReader(part, maxField+1))
	switch {
	case err != nil:
		return formError(err)
	case len(text) > maxField || len(fields) >= maxFields:
		return &StatusError{Status: http.StatusRequestEntityTooLarge, Message: "That is more than this form takes."}
	}
	fields[part.FormName()] = string(text)
	return nil
}

// patience takes the end off the time to send a request, and cuts the line when
// the timer is not reset in time.
func patience(w http.ResponseWriter) *time.Timer {
	rc := http.NewResponseController(w)
	_ = rc.SetReadDeadline(time.Time{}) // a recorder in a test has none
	return time.AfterFunc(Usual.Read, func() { _ = rc.SetReadDeadline(Past) })
}

// patient is a file that comes in: each piece has its own time, and what goes
// wrong on the line is the sender's.
type patient struct {
	part *multipart.Part
	slow *time.Timer
}

func (p *patient) Read(b []byte) (int, error) {
	n, err := p.part.Read(b)
	p.slow.Reset(Usual.Read)
	if err != nil && !errors.Is(err, io.EOF) {
		err = formError(err)
	}
	return n, err
}

// UploadKey is FormKey for the fields of Uploads.
func UploadKey(fields map[string]string) string {
	if key := fields["key"]; len(key) >= 16 && len(key) <= 64 {
		return key
	}
	return ""
}

// Send answers with a file that is made or opened while it is sent: always to be
// saved, never to be shown. An error before the first byte is an answer like any
// other; behind it the line is cut, so that no half of a file looks whole.
func Send(w http.ResponseWriter, r *http.Request, log *slog.Logger, f Sent, write func(io.Writer) error) error {
	out := &sending{w: w, f: f, rc: http.NewResponseController(w)}
	_ = out.rc.SetWriteDeadline(time.Time{}) // each piece has its own
	err := write(out)
	if err == nil && !out.begun {
		_, err = out.Write(nil)
	}
	if err != nil && out.begun {
		log.WarnContext(r.Context(), "a file was cut short", "route", trace(r).pattern, "request_id", trace(r).id, "code", errs.CodeOf(err))
		panic(http.ErrAbortHandler)
	}
	return err
}

// Sent is how a file is sent.
type Sent struct {
	Name, Type string
	Size       int64 // when it is known
}

type sending struct {
	w     http.ResponseWriter
	rc    *http.ResponseController
	f     Sent
	begun bool
}

func (s *sending) Write(p []byte) (int, error) {
	if !s.begun {
		s.begun = true
		Attachment(s.w.Header(), s.f)
		s.w.WriteHeader(http.StatusOK)
	}
	late := time.AfterFunc(Usual.Write, func() { _ = s.rc.SetWriteDeadline(Past) })
	defer late.Stop()
	return s.w.Write(p)
}

// Attachment has a browser save what follows, whatever it is: not show it, not
// guess what it might be, not run anything of it.
func Attachment(h http.Header, f Sent) {
	kind := f.Type
	if kind == "" || strings.Contains(kind, "html") || strings.Contains(kind, "svg") || strings.HasSuffix(kind, "/xml") {
		kind = "application/octet-stream" // a page, whatever else it says
	}
	h.Set("Content-Type", kind)
	h.Set("Content-Disposition", Disposition(f.Name))
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Content-Security-Policy", "sandbox; default-src 'none'")
	h.Set("Cache-Control", "no-store")
	if f.Size > 0 {
		h.Set("Content-Length", strconv.FormatInt(f.Size, 10))
	}
}

// Disposition is how a browser is told to save what follows, and as what.
func Disposition(name string) string {
	if text := mime.FormatMediaType("attachment", map[string]string{"filename": name}); name != "" && text != "" {
		return text
	}
	return "attachment"
}
