package people

import (
	"regexp"
	"slices"
	"strings"
)

// Named is a value and what people call it, in English.
type Named struct{ Code, Name string }

// Bases are the reasons for which the law lets a business keep somebody's data.
var Bases = []Named{
	{"consent", "Consent"},
	{"contract", "Contract"},
	{"legal_obligation", "Legal obligation"},
	{"vital_interest", "Vital interest"},
	{"public_task", "Public task"},
	{"legitimate_interest", "Legitimate interest"},
}

// BasisOf reads a lawful basis: its code or its name; empty is none.
func BasisOf(typed string) (string, bool) {
	key := strings.TrimSuffix(strings.NewReplacer(" ", "_", "-", "_").Replace(strings.ToLower(typed)), "s")
	if key == "" {
		return "", true
	}
	i := slices.IndexFunc(Bases, func(b Named) bool { return b.Code == key })
	if i < 0 {
		return "", false
	}
	return Bases[i].Code, true
}

// Languages are those that a form offers; any other code is taken too.
var Languages = []Named{
	{"ar", "Arabic"},
	{"bg", "Bulgarian"},
	{"bn", "Bengali"},
	{"ca", "Catalan"},
	{"cs", "Czech"},
	{"da", "Danish"},
	{"de", "German"},
	{"el", "Greek"},
	{"en", "English"},
	{"es", "Spanish"},
	{"et", "Estonian"},
	{"fa", "Persian"},
	{"fi", "Finnish"},
	{"fr", "French"},
	{"ga", "Irish"},
	{"he", "Hebrew"},
	{"hi", "Hindi"},
	{"hr", "Croatian"},
	{"hu", "Hungarian"},
	{"id", "Indonesian"},
	{"it", "Italian"},
	{"ja", "Japanese"},
	{"ko", "Korean"},
	{"lt", "Lithuanian"},
	{"lv", "Latvian"},
	{"nb", "Norwegian"},
	{"nl", "Dutch"},
	{"pl", "Polish"},
	{"pt", "Portuguese"},
	{"pt-BR", "Portuguese (Brazil)"},
	{"ro", "Romanian"},
	{"ru", "Russian"},
	{"sk", "Slovak"},
	{"sl", "Slovenian"},
	{"sr", "Serbian"},
	{"sv", "Swedish"},
	{"sw", "Swahili"},
	{"ta", "Tamil"},
	{"th", "Thai"},
	{"tl", "Filipino"},
	{"tr", "Turkish"},
	{"uk", "Ukrainian"},
	{"ur", "Urdu"},
	{"vi", "Vietnamese"},
	{"zh", "Chinese"},
}

var languageCode = regexp.MustCompile(`^[A-Za-z]{2,3}([-_][A-Za-z0-9]{2,8}){0,3}$`)

// LanguageOf reads a language: its code (BCP 47) or its English name; empty is
// none.
func LanguageOf(typed string) (string, bool) {
	if typed == "" {
		return "", true
	}
	for _, l := range Languages {
		if strings.EqualFold(typed, l.Name) || strings.EqualFold(strings.ReplaceAll(typed, "_", "-"), l.Code) {
			return l.Code, true
		}
	}
	if !languageCode.MatchString(typed) {
		return "", false
	}
	parts := strings.Split(strings.ReplaceAll(typed, "_", "-"), "-")
	parts[0] = strings.ToLower(parts[0])
	for i, part := range parts[1:] {
		switch len(part) {
		case 2:
			parts[i+1] = strings.ToUpper(part)
		case 4:
			parts[i+1] = strings.ToUpper(part[:1]) + strings.ToLower(part[1:])
		}
	}
	return strings.Join(parts, "-"), true
}

// NameOf is what a value of a list is called; the value itself when the list
// does not have it.
func NameOf(list []Named, code string) string {
	for _, n := range list {
		if n.Code == code {
			return n.Name
		}
	}
	return code
}
