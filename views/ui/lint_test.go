package ui_test

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// forbidden says what no page may hold, and why.
var forbidden = []struct {
	pattern *regexp.Regexp
	why     string
}{
	{regexp.MustCompile(`\sstyle=`), "the content policy forbids inline styles: write a class"},
	{regexp.MustCompile(`<style\b`), "the content policy forbids inline styles: write a class"},
	{regexp.MustCompile(`<script\b[^>]*>[^<]`), "the content policy forbids inline scripts"},
	{regexp.MustCompile(`\son[a-z]+=`), "the content policy forbids inline handlers"},
	{regexp.MustCompile(`\bhx-on\b|\bhx-on:`), "hx-on evaluates text as code, which the content policy forbids"},
	{regexp.MustCompile(`hx-trigger="[^"]*\[`), "filters of hx-trigger are evaluated as code"},
	{regexp.MustCompile(`hx-(vals|headers|confirm)=["']?(js|javascript):`), "evaluated as code"},
	{regexp.MustCompile(`(?i)javascript:`), "evaluated as code"},
	{regexp.MustCompile(`templ\.(Raw|SafeURL|SafeCSS|SafeScript|JSUnsafeFuncCall)\b`), "an escape hatch: nothing is printed unescaped"},
	{regexp.MustCompile(`@[\w.]+\([^)]*\) ?\{ ?(t\(|ui\.|[a-z]+\.)`), "these words become children of the part before them and vanish: put them on a line of their own"},
	{regexp.MustCompile(`hx-boost|hx-preload`), "links are links; fetching ahead would record a reading that did not happen"},
	{regexp.MustCompile(`https?://[^"]*\.(js|css|woff2?|png|svg)\b`), "assets come from this server"},
}

func TestNoPageHoldsWhatThePolicyForbids(t *testing.T) {
	eachTempl(t, func(file, text string) {
		for i, line := range strings.Split(text, "\n") {
			for _, f := range forbidden {
				if !strings.HasPrefix(strings.TrimSpace(line), "//") && f.pattern.MatchString(line) {
					t.Errorf("%s:%d: %s\n\t%s", file, i+1, f.why, strings.TrimSpace(line))
				}
			}
		}
	})
}

func TestEveryVisibleTextPassesThroughT(t *testing.T) {
	eachTempl(t, func(file, text string) {
		for _, found := range bareTexts(text) {
			t.Errorf("%s:%d: %q is not passed through t", file, found.line, found.text)
		}
	})
}

func TestBareTextIsFound(t *testing.T) {
	const page = `package x
// A comment with words.
templ Page(name string) {
	{{ t := ui.Words(ctx) }}
	<p title="Hover words" class="not words">Bare words { t("wrapped") } { name }</p>
	@ui.Field(ui.Input{
		Label: "translated inside",
	})
	if name != "" {
		<b aria-label={ t("fine") }>{ "Quoted words" }</b>
	} else {
		<kbd>Esc</kbd> { fmt.Sprintf("%d things", 3) }
	}
	<input placeholder="Typed words" value={ name + "{" }/>
	Loose words @ui.Icon("x")
}
`
	var got []string
	for _, f := range bareTexts(page) {
		got = append(got, fmt.Sprintf("%d %s", f.line, f.text))
	}
	want := []string{"5 Hover words", "5 Bare words", "10 Quoted words", "12 Esc", "12 %d things", "14 Typed words", `15 Loose words @ui.Icon("x")`}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// eachTempl visits the pages of the product. The gallery is left out: what it
// shows is invented.
func eachTempl(t *testing.T, visit func(file, text string)) {
	t.Helper()
	seen := 0
	for _, root := range []string{"..", "../../app"} {
		err := filepath.WalkDir(root, func(file string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || filepath.Ext(file) != ".templ" || strings.Contains(file, "gallery") {
				return err
			}
			text, err := os.ReadFile(file)
			if err == nil {
				seen++
				visit(file, string(text))
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if seen == 0 {
		t.Error("found no page")
	}
}

var (
	classAttr = regexp.MustCompile(`class=(?:"([^"]*)"|\{([^}]*)\})`)
	inQuotes  = regexp.MustCompile(`"([^"]*)"`)
	className = regexp.MustCompile(`\.([a-z][a-z0-9-]*)`)
)

// TestEveryClassHasARule finds misspelt classes and parts that nobody styled.
func TestEveryClassHasARule(t *testing.T) {
	known := map[string]bool{}
	sheets, err := filepath.Glob("../../assets/css/*.css")
	if err != nil || len(sheets) == 0 {
		t.Fatal("no style sheet", err)
	}
	for _, sheet := range sheets {
		css, err := os.ReadFile(sheet)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range className.FindAllStringSubmatch(string(css), -1) {
			known[m[1]] = true
		}
	}
	eachTempl(t, func(file, text string) {
		for _, m := range classAttr.FindAllStringSubmatch(text, -1) {
			classes := strings.Fields(m[1])
			for _, q := range inQuotes.FindAllStringSubmatch(m[2], -1) {
				classes = append(classes, strings.Fields(q[1])...)
			}
			for _, c := range classes {
				if !known[c] {
					t.Errorf("%s: class %q has no rule in assets/css", file, c)
				}
			}
		}
	})
}
