package settings

import (
	"slices"
	"strings"
	"time"
)

// readSpans reads a day's opening hours, such as "9:00-12:30, 14:00-18:00". The
// spans come out in order; a problem is a sentence.
func readSpans(line string) (spans [][2]string, problem string) {
	line = strings.NewReplacer("–", "-", "—", "-", "−", "-", ";", ",").Replace(line)
	for part := range strings.SplitSeq(line, ",") {
		if part = strings.TrimSpace(part); part == "" {
			continue
		}
		from, to, _ := strings.Cut(part, "-")
		start, ok1 := clock(from)
		end, ok2 := clock(to)
		switch {
		case !ok1 || !ok2:
			return nil, "Enter times like 09:00–17:30, or nothing when you are closed all day."
		case start >= end:
			return nil, "Closing must be later than opening, on the same day."
		}
		spans = append(spans, [2]string{start, end})
	}
	slices.SortFunc(spans, func(a, b [2]string) int { return strings.Compare(a[0], b[0]) })
	for i := 1; i < len(spans); i++ {
		if spans[i][0] < spans[i-1][1] {
			return nil, "Two of these times overlap."
		}
	}
	return spans, ""
}

// clock reads "9:00" or "09:00" and returns "09:00".
func clock(text string) (string, bool) {
	at, err := time.Parse("15:04", strings.TrimSpace(text))
	if err != nil {
		return "", false
	}
	return at.Format("15:04"), true
}

func writeSpans(spans [][2]string) string {
	parts := make([]string, 0, len(spans))
	for _, span := range spans {
		parts = append(parts, span[0]+"–"+span[1])
	}
	return strings.Join(parts, ", ")
}
