package blob

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"net/http"
	"path"
	"strings"
	"unicode"
	"unicode/utf8"

	"stead/app/errs"
	"stead/store"
)

// looked is how much of a file tells what it is.
const looked = 4096

// sniff tells what is coming by its first bytes, which stay to be read, and
// refuses what runs.
func (m *meter) sniff(f store.File) (string, error) {
	head := bufio.NewReaderSize(m.r, looked)
	first, err := head.Peek(looked)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, bufio.ErrBufferFull) {
		return "", err
	}
	m.r = head
	kind := Kind(first)
	if f.Purpose == store.FileAttachment && refused(kind, f.Name) {
		return "", &errs.Error{Kind: errs.Invalid, Code: "file_refused", Message: programs, Fields: map[string]string{"file": programs}}
	}
	return kind, nil
}

const programs = "Programs and scripts are not kept here. Send it another way, or put it into a ZIP file."

// Kind is the content type of a file that begins like this. What a browser would
// run is named for what it is, however it is disguised: it is never sent as that.
func Kind(first []byte) string {
	for _, known := range kinds {
		if len(first) >= known.at && bytes.HasPrefix(first[known.at:], []byte(known.magic)) {
			if known.kind == zipKind {
				return inZip(first)
			}
			return known.kind
		}
	}
	text := bytes.ToLower(bytes.TrimLeft(bytes.TrimPrefix(first, []byte("\xef\xbb\xbf")), " \t\r\n"))
	switch {
	case bytes.HasPrefix(text, []byte("<svg")), bytes.HasPrefix(text, []byte("<?xml")) && bytes.Contains(text, []byte("<svg")):
		return "image/svg+xml"
	case isHTML(text):
		return "text/html"
	case bytes.HasPrefix(text, []byte("begin:vcard")):
		return "text/vcard"
	}
	kind, _, _ := strings.Cut(http.DetectContentType(first), ";")
	return kind
}

const zipKind = "application/zip"

// kinds are what http.DetectContentType does not know, or knows too late.
var kinds = []struct {
	at          int
	magic, kind string
}{
	{0, "PK\x03\x04", zipKind},
	{0, "%PDF-", "application/pdf"},
	{0, "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "application/x-ole-storage"}, // Word, Excel, Outlook of old; installers too
	{0, "MZ", programKind},
	{0, "\x7fELF", programKind},
	{0, "\xfe\xed\xfa\xce", programKind},
	{0, "\xfe\xed\xfa\xcf", programKind},
	{0, "\xce\xfa\xed\xfe", programKind},
	{0, "\xcf\xfa\xed\xfe", programKind},
	{0, "\xca\xfe\xba\xbe", programKind},
	{0, "dex\n", programKind},
	{0, "#!", scriptKind},
	{0, "L\x00\x00\x00\x01\x14\x02\x00", programKind}, // a Windows shortcut
	{4, "ftypheic", "image/heic"},
	{4, "ftypmif1", "image/heic"},
	{0, "{\\rtf", "application/rtf"},
	{0, "7z\xbc\xaf\x27\x1c", "application/x-7z-compressed"},
}

const (
	programKind = "application/x-executable"
	scriptKind  = "text/x-script"
)

// inZip tells the offices' files by the names at the beginning of the archive.
func inZip(first []byte) string {
	for _, known := range []struct{ mark, kind string }{
		{"mimetypeapplication/vnd.oasis.opendocument.text", "application/vnd.oasis.opendocument.text"},
		{"mimetypeapplication/vnd.oasis.opendocument.spreadsheet", "application/vnd.oasis.opendocument.spreadsheet"},
		{"mimetypeapplication/vnd.oasis.opendocument.presentation", "application/vnd.oasis.opendocument.presentation"},
		{"word/", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"},
		{"xl/", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"},
		{"ppt/", "application/vnd.openxmlformats-officedocument.presentationml.presentation"},
	} {
		if bytes.Contains(first, []byte(known.mark)) {
			return known.kind
		}
	}
	return zipKind
}

// isHTML is wider than the standard's sniffing: a browser that guesses reads as
// a page whatever has a tag near its beginning.
func isHTML(text []byte) bool {
	for _, tag := range []string{"<!doctype html", "<html", "<head", "<body", "<script", "<iframe", "<!--"} {
		if bytes.HasPrefix(text, []byte(tag)) {
			return true
		}
	}
	return bytes.Contains(text, []byte("<script")) || bytes.Contains(text, []byte("<html"))
}

// runs are the names of what a double click would start.
var runs = map[string]bool{
	".exe": true, ".com": true, ".scr": true, ".pif": true, ".bat": true, ".cmd": true, ".msi": true, ".msp": true, ".dll": true, ".cpl": true,
	".js": true, ".jse": true, ".vbs": true, ".vbe": true, ".wsf": true, ".wsh": true, ".hta": true, ".ps1": true, ".psm1": true, ".lnk": true,
	".reg": true, ".jar": true, ".apk": true, ".app": true, ".dmg": true, ".pkg": true, ".deb": true, ".rpm": true, ".sh": true, ".bash": true,
	".command": true, ".desktop": true, ".scf": true, ".url": true, ".chm": true, ".iso": true, ".img": true, ".vhd": true, ".appx": true, ".msix": true,
}

func refused(kind, name string) bool {
	return kind == programKind || kind == scriptKind || runs[strings.ToLower(path.Ext(strings.TrimRight(name, ". ")))]
}

// maxName is how long a file's name may be, in bytes.
const maxName = 200

// CleanName makes a name fit to be shown and to be saved under: the last part of
// a path, without what is not seen, with its ending even when it is cut short.
func CleanName(name string) string {
	name = path.Base(strings.ReplaceAll(strings.ToValidUTF8(name, ""), "\\", "/"))
	name = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || strings.ContainsRune(`<>:"|?*`, r) {
			return -1 // a mark that turns the order of letters would hide an ending
		}
		return r
	}, name)
	name = strings.Trim(name, " .")
	if name == "" || name == "/" {
		return "file"
	}
	ending := path.Ext(name)
	if len(ending) > 20 {
		ending = ""
	}
	stem := strings.TrimSuffix(name, ending)
	for len(stem)+len(ending) > maxName {
		_, size := utf8.DecodeLastRuneInString(stem)
		stem = stem[:len(stem)-size]
	}
	return stem + ending
}

// WithEnding is a clean name with the ending of the one before, so that the file
// still opens with what it opened with.
func WithEnding(name, before string) string {
	name, ending := CleanName(name), path.Ext(before)
	if strings.EqualFold(path.Ext(name), ending) {
		return name
	}
	return CleanName(name + ending)
}

// Words is what a file of a content type is, in English.
func Words(contentType string) string {
	for _, known := range []struct{ part, words string }{
		{"image/svg", "Drawing"},
		{"image/", "Picture"},
		{"application/pdf", "PDF"},
		{"wordprocessing", "Document"},
		{"opendocument.text", "Document"},
		{"rtf", "Document"},
		{"spreadsheet", "Spreadsheet"},
		{"presentation", "Presentation"},
		{"x-ole-storage", "Office file"},
		{"zip", "Archive"},
		{"7z", "Archive"},
		{"rar", "Archive"},
		{"gzip", "Archive"},
		{"text/vcard", "Contact card"},
		{"text/html", "Web page"},
		{"audio/", "Sound"},
		{"video/", "Film"},
		{"text/", "Text"},
	} {
		if strings.Contains(contentType, known.part) {
			return known.words
		}
	}
	return "File"
}
