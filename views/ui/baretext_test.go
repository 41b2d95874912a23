package ui_test

import (
	"regexp"
	"strings"
)

// bareText is a text that a page shows without asking t for it.
type bareText struct {
	line int
	text string
}

var (
	templStart = regexp.MustCompile(`^templ\b.*\{$`)
	goLine     = regexp.MustCompile(`^(if|for|switch|case|default:|\} ?else|\}|@|//)`)
	command    = regexp.MustCompile(`<code[^>]*>[^<{]*`) // what is typed in a terminal has no translation
	letters    = regexp.MustCompile(`\p{L}{2}`)
	spoken     = regexp.MustCompile(`\b(aria-label|title|placeholder|alt|label|content|data-label)="([^"{]*)"`)
	quoted     = regexp.MustCompile(`^\{ "([^"]*)" \}$`)
	sprintf    = regexp.MustCompile(`Sprintf\("([^"]*)"`)
	same       = map[string]bool{"Stead": true, "Twilio": true} // names, the same in every language
)

// bareTexts reads a templ file as far as it must: outside of components all is
// Go; inside, what is neither a tag, an expression in braces nor a Go line is text.
func bareTexts(file string) []bareText {
	var found []bareText
	s := scanner{}
	inside := false
	for i, line := range strings.Split(file, "\n") {
		switch {
		case templStart.MatchString(line):
			inside = true
		case line == "}":
			inside, s = false, scanner{}
		case inside:
			for _, text := range s.line(line) {
				text = strings.TrimSpace(strings.Trim(strings.TrimSpace(text), ",.·:/"))
				if letters.MatchString(strings.ReplaceAll(text, "&nbsp;", " ")) && !same[text] {
					found = append(found, bareText{i + 1, text})
				}
			}
		}
	}
	return found
}

// scanner keeps what is open from one line to the next.
type scanner struct {
	tag   bool // within <…>
	depth int  // of braces and brackets within a Go expression
	expr  strings.Builder
}

// line returns the bare texts of one line.
func (s *scanner) line(line string) []string {
	trimmed := command.ReplaceAllString(strings.TrimSpace(line), "<code>")
	if !s.tag && s.depth == 0 && goLine.MatchString(trimmed) {
		s.goPart(trimmed)
		return nil
	}
	var texts []string
	var text strings.Builder
	flush := func() {
		texts = append(texts, text.String())
		text.Reset()
	}
	if !s.tag && s.depth == 0 && strings.Contains(trimmed, "<") || s.tag {
		for _, m := range spoken.FindAllStringSubmatch(trimmed, -1) {
			if m[1] != "content" {
				texts = append(texts, m[2])
			}
		}
	}
	runes := []rune(trimmed)
	for i := 0; i < len(runes); i++ {
		r := runes[i]
		switch {
		case s.depth > 0:
			i = s.inExpression(runes, i)
			if s.depth == 0 {
				texts = append(texts, literals(s.expr.String())...)
				s.expr.Reset()
			}
		case r == '{':
			flush()
			s.depth = 1
			s.expr.WriteRune(r)
		case r == '<':
			flush()
			s.tag = true
		case r == '>' && s.tag:
			s.tag = false
		case !s.tag:
			text.WriteRune(r)
		case r == '"': // a literal attribute: its value was looked at above
			for i++; i < len(runes) && runes[i] != '"'; i++ {
			}
		}
	}
	flush()
	return texts
}

// goPart follows a component call or a condition whose braces stay open.
func (s *scanner) goPart(line string) {
	if !strings.HasPrefix(line, "@") {
		return
	}
	open := strings.Count(line, "(") - strings.Count(line, ")")
	if open > 0 {
		s.depth = 1 // closed by the line that begins with }) or )
	}
}

// inExpression passes one rune of Go; strings are passed whole.
func (s *scanner) inExpression(runes []rune, i int) int {
	r := runes[i]
	s.expr.WriteRune(r)
	switch r {
	case '"', '`':
		for i++; i < len(runes); i++ {
			s.expr.WriteRune(runes[i])
			if runes[i] == '\\' && r == '"' && i+1 < len(runes) {
				i++
				s.expr.WriteRune(runes[i])
			} else if runes[i] == r {
				return i
			}
		}
	case '{', '(':
		s.depth++
	case '}', ')':
		s.depth--
	}
	return i
}

// literals are the texts that an expression prints as they stand.
func literals(expr string) []string {
	if m := quoted.FindStringSubmatch(expr); m != nil {
		return []string{m[1]}
	}
	if m := sprintf.FindStringSubmatch(expr); m != nil {
		return []string{m[1]}
	}
	return nil
}
