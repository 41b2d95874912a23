package phone

import (
	"regexp"
	"strings"
)

var extension = regexp.MustCompile(`(?i)^(.*[0-9)])[ ,;]*(?:ext(?:ension|\.)?|x|extn\.?|ramal|poste|durchwahl|dw|int\.?|#)[ .:]*([0-9]{1,7})$`)

// SplitExtension cuts off the extension that a number was typed with ("ext 12",
// "x12", "#12"); empty when there is none. Texts reach the number alone, and by
// it a contact is found.
func SplitExtension(typed string) (number, ext string) {
	typed = strings.TrimSpace(typed)
	if m := extension.FindStringSubmatch(typed); m != nil {
		return strings.TrimSpace(m[1]), m[2]
	}
	return typed, ""
}

// ShortCode tells whether what was typed is a number of three to six digits,
// which means something on its own network only.
func ShortCode(typed string) bool {
	typed = strings.TrimSpace(typed)
	return len(typed) >= 3 && len(typed) <= 6 && onlyDigits(typed)
}
