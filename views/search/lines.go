package search

import "strconv"

// lineID names a line of the palette for whoever hears it.
func lineID(i int) string { return "palette-hit-" + strconv.Itoa(i) }
