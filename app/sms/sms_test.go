package sms

import (
	"strings"
	"testing"
)

func TestSegmentsAreCountedAsCarriersDo(t *testing.T) {
	for _, tt := range []struct {
		name    string
		text    string
		parts   int
		unicode bool
	}{
		{"nothing", "", 0, false},
		{"160 plain", strings.Repeat("a", 160), 1, false},
		{"161 plain", strings.Repeat("a", 161), 2, false},
		{"306 plain", strings.Repeat("a", 306), 2, false},
		{"307 plain", strings.Repeat("a", 307), 3, false},
		{"80 euros take two places each", strings.Repeat("€", 80), 1, false},
		{"81 euros", strings.Repeat("€", 81), 2, false},
		{"umlauts are plain", strings.Repeat("ü", 160), 1, false},
		{"70 Cyrillic", strings.Repeat("ж", 70), 1, true},
		{"71 Cyrillic", strings.Repeat("ж", 71), 2, true},
		{"35 hands are 70 places", strings.Repeat("👋", 35), 1, true},
		{"70 of a letter that the alphabet has as a capital", strings.Repeat("ç", 70), 1, true},
		{"71 of them", strings.Repeat("ç", 71), 2, true},
		{"signs of many languages are plain", "Grüße, señor Ø", 1, false},
		{"134 Cyrillic", strings.Repeat("ж", 134), 2, true},
		{"135 Cyrillic", strings.Repeat("ж", 135), 3, true},
		{"36 hands", strings.Repeat("👋", 36), 2, true},
		{"a curly quote makes it short", strings.Repeat("a", 70) + "’", 2, true},
	} {
		if parts, unicode := Segments(tt.text); parts != tt.parts || unicode != tt.unicode {
			t.Errorf("%s: %d, %v", tt.name, parts, unicode)
		}
	}
}
