package tabular_test

import (
	"slices"
	"strings"
	"testing"

	"stead/app/tabular"
)

var cardsFormat = tabular.Format{Kind: tabular.VCard, Encoding: tabular.UTF8}

// row names the cells of a card that hold something.
func row(t *testing.T, header, cells []string) map[string]string {
	t.Helper()
	if len(header) != len(cells) {
		t.Fatalf("%d columns, %d cells", len(header), len(cells))
	}
	out := map[string]string{}
	for i, cell := range cells {
		if cell != "" {
			out[header[i]] = cell
		}
	}
	return out
}

func TestCards(t *testing.T) {
	for name, c := range map[string]struct {
		card string
		want map[string]string
	}{
		"2.1 in quoted-printable with soft breaks": {
			"BEGIN:VCARD\r\nVERSION:2.1\r\nN;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:;=E0=A4=95=E0=A5=81=E0=A4=AE=\r\n=E0=A4=BE=E0=A4=B0;;;\r\nFN;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:=E0=A4=95=E0=A5=81=E0=A4=AE=\r\n=E0=A4=BE=E0=A4=B0\r\nTEL;CELL;PREF:+91 99900 00011\r\nEND:VCARD\r\n",
			map[string]string{"First Name": "कुमार", "Full Name": "कुमार", "Phone": "+91 99900 00011", "Phone Label": "mobile"},
		},
		"2.1 in an old charset": {
			"BEGIN:VCARD\nVERSION:2.1\nFN;ENCODING=QUOTED-PRINTABLE;CHARSET=ISO-8859-1:M=FCller\nTEL;WORK:1\nEND:VCARD\n",
			map[string]string{"Full Name": "Müller", "Phone": "1", "Phone Label": "work"},
		},
		"3.0 with folded lines, escapes and labels of one's own": {
			"BEGIN:VCARD\nVERSION:3.0\nN:Costa;Ana;Maria;Dr.;\nNOTE:one\\nt\n wo\\, three\nitem1.TEL:+1\nitem1.X-ABLabel:_$!<Main>!$_\nTEL;TYPE=HOME:+2\nORG:A\\;B;Sales\nADR;TYPE=WORK:;;1 Main St;Portland;OR;97201;US\nADR;TYPE=HOME:;Flat 2;2 Side St;Salem;;;\nCATEGORIES:friend,buyer\nEND:VCARD\n",
			map[string]string{
				"First Name": "Ana", "Middle Name": "Maria", "Last Name": "Costa", "Name Prefix": "Dr.", "Notes": "one\ntwo, three",
				"Phone": "+1 ::: +2", "Phone Label": "main ::: home", "Organization Name": "A;B", "Address Label": "work ::: home",
				"Street": "1 Main St ::: 2 Side St\nFlat 2", "City": "Portland ::: Salem", "Region": "OR ::: ", "Postal Code": "97201 ::: ", "Country": "US ::: ", "Labels": "friend ::: buyer",
			},
		},
		"pictures are passed over": {
			"BEGIN:VCARD\nVERSION:3.0\nPHOTO;ENCODING=b;TYPE=JPEG:" + strings.Repeat("A", 2<<20) + "\n BBBB\n\nFN:Ana\nEND:VCARD\n",
			map[string]string{"Full Name": "Ana"},
		},
		"a picture of 2.1 without folds": {
			"BEGIN:VCARD\nVERSION:2.1\nPHOTO;BASE64:AAAA\nBBBB\nCCCC\n\nFN:Ana\nEND:VCARD\n",
			map[string]string{"Full Name": "Ana"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			header, good, bad := read(t, []byte(c.card), cardsFormat)
			if len(good) != 1 || len(bad) != 0 {
				t.Fatalf("%d cards, refused %v", len(good), reasons(bad))
			}
			got := row(t, header, good[0].Cells)
			for k, v := range c.want {
				if got[k] != v {
					t.Errorf("%s: %q, want %q", k, got[k], v)
				}
			}
			if len(got) != len(c.want) {
				t.Errorf("got %q", got)
			}
		})
	}
}

func TestACardWithoutItsEndCostsThatCardAlone(t *testing.T) {
	_, good, bad := read(t, []byte("BEGIN:VCARD\nFN:A\n\nBEGIN:VCARD\nFN:B\nEND:VCARD\nstray\n\nBEGIN:VCARD\nFN:\x00\nEND:VCARD\nBEGIN:VCARD\nFN:C\n"), cardsFormat)
	if len(good) != 1 || good[0].Cells[0] != "B" {
		t.Errorf("%q", cells(good))
	}
	if want := []string{"1-3 card_no_end", "7-7 card_outside", "9-11 nul", "12-13 card_no_end"}; !slices.Equal(reasons(bad), want) {
		t.Errorf("refused %q, want %q", reasons(bad), want)
	}
}
