package mail

// Keys lists every template.
func Keys() []string {
	var out []string
	for _, t := range templates {
		out = append(out, t.letter().key)
	}
	return out
}

// ClassOf is the class of a template.
func ClassOf(key string) string { return string(byKey[key].class()) }
