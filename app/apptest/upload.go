package apptest

import (
	"bytes"
	"io"
	"mime/multipart"
	"net/http"
	"testing"
)

// File is one that a browser sends.
type File struct{ Name, Text string }

// Multipart is a form with files as a browser sends it.
func Multipart(t testing.TB, fields map[string]string, files ...File) (body []byte, contentType string) {
	t.Helper()
	var b bytes.Buffer
	form := multipart.NewWriter(&b)
	for name, value := range fields {
		if err := form.WriteField(name, value); err != nil {
			t.Fatal(err)
		}
	}
	for _, f := range files {
		w, err := form.CreateFormFile("file", f.Name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(w, f.Text); err != nil {
			t.Fatal(err)
		}
	}
	if err := form.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes(), form.FormDataContentType()
}

// Upload submits a form with files.
func (c *Client) Upload(path string, fields map[string]string, files ...File) Page {
	c.t.Helper()
	body, kind := Multipart(c.t, fields, files...)
	req := c.request(http.MethodPost, path, nil)
	req.Body, req.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
	req.Header.Set("Content-Type", kind)
	req.Header.Set("Sec-Fetch-Site", "same-origin")
	resp, err := c.http.Do(req)
	if err != nil {
		c.t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		c.t.Fatal(err)
	}
	return Page{Status: resp.StatusCode, Header: resp.Header, Body: string(text), Location: resp.Header.Get("Location")}
}
