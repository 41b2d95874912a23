package custom

import (
	"net/url"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"stead/app/cards"
	"stead/store"
)

// Most characters of a text and of a link.
const (
	MaxText = 5000
	maxLink = 2000
)

func parseText(typed string) (*store.Value, error) {
	s := clean(typed)
	if utf8.RuneCountInString(s) > MaxText {
		return nil, invalid("text", "Use at most 5000 characters.")
	}
	if s == "" {
		return nil, nil //nolint:nilnil // only characters that nobody sees
	}
	return words(s), nil
}

// clean is text as it is kept: whole characters, no control characters, no
// payment card number.
func clean(s string) string {
	s = strings.ReplaceAll(strings.ToValidUTF8(s, "\uFFFD"), "\r\n", "\n")
	s = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) && r != '\n' && r != '\t' {
			return -1
		}
		return r
	}, s)
	return cards.Mask(strings.TrimSpace(s))
}

// parseChoice takes the id or the name of a choice, also of one that is no
// longer offered: a record that has it keeps it.
func parseChoice(f store.Field, typed string) (*store.Value, error) {
	typed = strings.TrimSpace(typed)
	key := ChoiceKey(typed)
	for _, same := range []func(store.Choice) bool{
		func(c store.Choice) bool { return c.ID == typed },
		func(c store.Choice) bool { return ChoiceKey(c.Name) == key },
	} {
		if at := slices.IndexFunc(f.Choices, same); at >= 0 {
			return words(f.Choices[at].ID), nil
		}
	}
	var names []string
	for _, c := range f.Choices {
		if !c.Gone {
			names = append(names, c.Name)
		}
	}
	const few = 12
	if len(names) > few {
		names = append(names[:few], "…")
	}
	return nil, invalid("choice", "Choose one of these: "+strings.Join(names, ", ")+".")
}

// ChoiceKey is what the names of choices are told apart by.
func ChoiceKey(name string) string { return store.Fold(strings.Join(strings.Fields(name), " ")) }

// What people write for yes and for no, folded.
var (
	yes = keys("yes y true t 1 on x ✓ ✔ ja j oui o si s sim da да tak evet ano igen kyllä jah jā taip áno ναι نعم כן हाँ はい 是 예 네 có ya ใช่")
	no  = keys("no n false f 0 off - ✗ ✘ nein non não nao nu ne нет nie hayır nem ei nē όχι لا לא नहीं いいえ 否 아니요 không tidak ไม่ nej nei nee")
)

func keys(list string) map[string]bool {
	out := map[string]bool{}
	for word := range strings.FieldsSeq(list) {
		out[store.Fold(word)] = true
	}
	return out
}

func parseYesNo(typed string) (*store.Value, error) {
	switch key := store.Fold(strings.TrimSpace(typed)); {
	case yes[key]:
		return num(1), nil
	case no[key]:
		return num(0), nil
	}
	return nil, invalid("yesno", "Enter yes or no.")
}

const badLink = "Enter a web address, like https://example.com."

// parseLink takes addresses that a browser opens without running anything.
func parseLink(typed string) (*store.Value, error) {
	s := strings.TrimSpace(typed)
	if !utf8.ValidString(s) || len(s) > maxLink || strings.ContainsFunc(s, func(r rune) bool {
		return unicode.IsSpace(r) || unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r)
	}) {
		return nil, invalid("link", badLink)
	}
	lower := strings.ToLower(s)
	switch {
	case strings.HasPrefix(lower, "mailto:"):
		if name, host, _ := strings.Cut(s[len("mailto:"):], "@"); name == "" || host == "" {
			return nil, invalid("link", badLink)
		}
	case strings.HasPrefix(lower, "http://"), strings.HasPrefix(lower, "https://"):
	case strings.Contains(s, "@") && !strings.ContainsAny(s, "/:?#"):
		return parseLink("mailto:" + s)
	case strings.Contains(s, "://"), strings.Contains(s, ":") && !strings.Contains(s, "."), strings.HasPrefix(lower, "javascript:"), strings.HasPrefix(lower, "data:"):
		return nil, invalid("link", badLink)
	default:
		return parseLink("https://" + s)
	}
	u, err := url.Parse(s)
	if err != nil || u.User != nil || u.Scheme != "mailto" && (u.Hostname() == "" || !strings.Contains(u.Hostname(), ".") && u.Hostname() != "localhost" && !strings.Contains(u.Hostname(), ":")) {
		return nil, invalid("link", badLink)
	}
	if !slices.Contains([]string{"http", "https", "mailto"}, u.Scheme) {
		return nil, invalid("link", badLink)
	}
	return words(s), nil
}
