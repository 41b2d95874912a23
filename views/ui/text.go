package ui

// AppendText adds what came from people to markup that is put together by hand.
// It looks at each byte once: most texts hold nothing that must be escaped.
func AppendText(out []byte, s string) []byte {
	from := 0
	for i := range len(s) {
		var sign string
		switch s[i] {
		case '&':
			sign = "&amp;"
		case '<':
			sign = "&lt;"
		case '>':
			sign = "&gt;"
		case '"':
			sign = "&#34;"
		case '\'':
			sign = "&#39;"
		default:
			continue
		}
		out = append(append(out, s[from:i]...), sign...)
		from = i + 1
	}
	return append(out, s[from:]...)
}
