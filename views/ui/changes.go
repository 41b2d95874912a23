package ui

// Changes are those of label, theirs and ours that differ.
func Changes(all ...[3]string) (out []Change) {
	for _, c := range all {
		if c[1] != c[2] {
			out = append(out, Change{Label: c[0], Theirs: c[1], Yours: c[2]})
		}
	}
	return out
}
