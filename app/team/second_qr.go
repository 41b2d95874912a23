package team

import (
	"fmt"
	"image/color"
	"net/url"
	"strings"

	"github.com/boombuler/barcode"
	"github.com/boombuler/barcode/qr"

	view "stead/views/team"
)

const quietZone = 4 // modules of white that cameras want around a code

// keyURI is what an app reads: the seed and whose it is.
func keyURI(business, email, seed string) string {
	issuer := strings.TrimSpace(strings.ReplaceAll(business, ":", " "))
	if issuer == "" {
		issuer = "Stead"
	}
	q := url.Values{"secret": {seed}, "issuer": {issuer}, "algorithm": {"SHA1"}, "digits": {"6"}, "period": {fmt.Sprint(stepSeconds)}}
	return "otpauth://totp/" + url.PathEscape(issuer) + ":" + url.PathEscape(email) + "?" + strings.ReplaceAll(q.Encode(), "+", "%20")
}

// qrOf draws a text as one path, a run of dark modules at a time.
func qrOf(text string) (view.QR, error) {
	code, err := qr.Encode(text, qr.M, qr.Auto)
	if err != nil {
		return view.QR{}, fmt.Errorf("team: code for cameras: %w", err)
	}
	size := code.Bounds().Dx()
	var path strings.Builder
	for y := range size {
		for x := 0; x < size; x++ {
			from := x
			for x < size && isDark(code, x, y) {
				x++
			}
			if x > from {
				fmt.Fprintf(&path, "M%d %dh%dv1h-%dz", from+quietZone, y+quietZone, x-from, x-from)
			}
		}
	}
	return view.QR{Size: size + 2*quietZone, Path: path.String()}, nil
}

func isDark(code barcode.Barcode, x, y int) bool {
	return color.GrayModel.Convert(code.At(x, y)).(color.Gray).Y < 128
}

// inGroups is a seed as people type it, four letters at a time.
func inGroups(seed string) string {
	var b strings.Builder
	for i, c := range seed {
		if i > 0 && i%4 == 0 {
			b.WriteByte(' ')
		}
		b.WriteRune(c)
	}
	return b.String()
}
