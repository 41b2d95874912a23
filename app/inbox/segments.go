package inbox

import "stead/app/sms"

// segments counts the parts in which a text travels, each of which is paid for.
// A message is at least one.
func segments(body string) int64 {
	parts, _ := sms.Segments(body)
	return int64(max(1, parts))
}
