package tabular_test

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"stead/app/tabular"
)

// workbook packs the parts of a workbook with one sheet of rows.
func workbook(t testing.TB, rows string, more map[string]string) []byte {
	t.Helper()
	parts := map[string]string{
		"[Content_Types].xml": `<Types/>`,
		"xl/workbook.xml": `<workbook xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets>
			<sheet name="Secret" state="hidden" r:id="rId9"/><sheet name="People" r:id="rId1"/></sheets></workbook>`,
		"xl/_rels/workbook.xml.rels": `<Relationships><Relationship Id="rId1" Target="worksheets/sheet1.xml"/><Relationship Id="rId9" Target="worksheets/sheet9.xml"/></Relationships>`,
		"xl/styles.xml": `<styleSheet><numFmts><numFmt numFmtId="165" formatCode="dd/mm/yyyy"/><numFmt numFmtId="166" formatCode="&quot;day&quot; 0.00"/></numFmts>
			<cellXfs><xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="165"/><xf numFmtId="166"/></cellXfs></styleSheet>`,
		"xl/sharedStrings.xml":     `<sst><si><t>Name</t></si><si><r><t>Am</t></r><r><t>ara</t></r></si><si><t>日本</t><rPh><t>nihon</t></rPh></si><si><t>a_x000D_b</t></si></sst>`,
		"xl/worksheets/sheet1.xml": `<worksheet><sheetData>` + rows + `</sheetData></worksheet>`,
	}
	for name, text := range more {
		parts[name] = text
	}
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for name, text := range parts {
		w, err := z.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte(text)); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

var bookFormat = tabular.Format{Kind: tabular.XLSX, Header: true}

func TestAWorkbook(t *testing.T) {
	data := workbook(t, `
		<row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1" t="inlineStr"><is><t>Phone</t></is></c><c r="C1" t="str"><v>Born</v></c><c r="D1" t="str"><v>Since</v></c></row>
		<row r="2"><c r="A2" t="s"><v>1</v></c><c r="B2"><v>1.5035550177E10</v></c><c r="C2" s="1"><v>36526</v></c><c r="D2" s="2"><v>36526.5</v></c></row>
		<row r="5"><c r="A5" t="s"><v>2</v></c><c r="C5" s="3"><v>12.5</v></c></row>
		<row r="6"><c r="A6"/></row>
		<row r="7"><c r="A7" t="s"><v>3</v></c><c r="B7"><v>1234567890123456789</v></c><c r="C7" t="b"><v>1</v></c><c r="D7" t="e"><v>#N/A</v></c></row>
		<row r="8"><c r="A8" t="str"><v>x</v></c><c r="F8" t="str"><v>too far</v></c></row>`, nil)
	header, good, bad := read(t, data, bookFormat)
	if !slices.Equal(header, []string{"Name", "Phone", "Born", "Since"}) {
		t.Errorf("header %q", header)
	}
	want := [][]string{
		{"Amara", "15035550177", "2000-01-01", "2000-01-01 12:00:00"}, {"日本", "", "12.5", ""}, {"a\rb", "1.2345678901234568E+18", "true", ""},
	}
	if fmt.Sprintf("%q", cells(good)) != fmt.Sprintf("%q", want) {
		t.Errorf("rows %q", cells(good))
	}
	if got := reasons(bad); !slices.Equal(got, []string{"8-8 too_many_cells"}) {
		t.Errorf("refused %q", got)
	}
	sheets, err := tabular.Sheets(bytes.NewReader(data))
	if err != nil || !slices.Equal(sheets, []string{"People"}) {
		t.Errorf("sheets %q, %v", sheets, err)
	}
}

func TestAWorkbookThatIsNone(t *testing.T) {
	for name, c := range map[string]struct {
		data []byte
		want error
	}{
		"no zip":        {[]byte("PK\x03\x04 and no more"), tabular.ErrFormat},
		"cut off":       {workbook(t, "<row r=\"1\">", nil), tabular.ErrFormat},
		"no sheets":     {workbook(t, "", map[string]string{"xl/workbook.xml": "<workbook/>"}), tabular.ErrNoSheet},
		"a bomb":        {workbook(t, `<row r="1"><c t="str"><v>`+strings.Repeat("a", 3<<20)+`</v></c></row>`, nil), tabular.ErrTooLarge},
		"a bomb beside": {workbook(t, "", map[string]string{"xl/styles.xml": "<styleSheet>" + strings.Repeat("<a></a>", 1<<20+1<<18) + "</styleSheet>"}), tabular.ErrTooLarge},
		"deep":          {workbook(t, "", map[string]string{"xl/sharedStrings.xml": strings.Repeat("<a>", 100_000)}), tabular.ErrFormat},
	} {
		t.Run(name, func(t *testing.T) {
			src, err := tabular.Open(bytes.NewReader(c.data), bookFormat)
			if err == nil {
				_, err = src.Next()
			}
			if !errors.Is(err, c.want) {
				t.Errorf("%v, want %v", err, c.want)
			}
		})
	}
}
