package imports

import (
	"strconv"
	"strings"

	"stead/app/tabular"
	"stead/store"
)

// reasons says why a line was not taken, or what needs a look in one that was.
var reasons = map[string]string{
	tabular.ReasonLong:    "The line is longer than 1 MB.",
	tabular.ReasonNUL:     "The line holds bytes that are no text.",
	tabular.ReasonQuote:   "A quotation mark opens here and never closes.",
	tabular.ReasonCells:   "The line has more cells than there are columns.",
	tabular.ReasonNoEnd:   "The card has no end.",
	tabular.ReasonOutside: "The line belongs to no card.",
	tabular.ReasonBroken:  "The line cannot be read.",
	reasonNobody:          "There is no name, no phone and no email.",
	reasonEmail:           "This is no email address.",
	reasonLength:          "The text is too long.",
	reasonMany:            "There are too many of these for one person.",
	reasonField:           "The value does not fit its field.",
	reasonTwo:             "The phone belongs to one person here and the email to another.",
	reasonSeveral:         "Several people here have this phone or email.",
	reasonTheirs:          "A colleague looks after this person, whom you may not change.",
	reasonOther:           "A contact cannot be saved like this.",
	reasonErased:          "This person was erased here and is not taken in again.",
	flagText:              "The phone could not be understood and was kept as text.",
	flagScientific:        "The spreadsheet cut digits off this phone, so it was left out.",
	flagLanguage:          "The language could not be understood and was left out.",
	flagZone:              "The time zone could not be understood and was left out.",
	flagJob:               "A role without a company was left out.",
	flagNamesake:          "Somebody with another name has the same phone or email.",
	"kept":                "Kept: somebody has worked with this contact since.",
}

// ReasonWords is a reason in words, in English.
func ReasonWords(code string) string {
	if words := reasons[code]; words != "" {
		return words
	}
	return code
}

// reasonParts takes the name of the column out of a reason.
func reasonParts(reason string, settings Settings) (code, column string) {
	code, at, ok := strings.Cut(reason, ":")
	if !ok {
		return code, ""
	}
	n, err := strconv.Atoi(at)
	if err != nil || n < 1 || n > len(settings.Columns) {
		return code, ""
	}
	if name := settings.Columns[n-1].Name; name != "" {
		return code, name
	}
	return code, "Column " + at
}

// StateWords is the state of an import in words.
func StateWords(state string) string {
	switch state {
	case store.ImportDraft:
		return "Not started"
	case store.ImportChecking:
		return "Being checked"
	case store.ImportReady:
		return "Checked"
	case store.ImportRunning:
		return "Running"
	case store.ImportDone:
		return "Done"
	case store.ImportCancelled:
		return "Cancelled"
	case store.ImportUndone:
		return "Taken back"
	}
	return "Failed"
}
