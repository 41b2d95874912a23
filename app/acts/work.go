package acts

// Work is what a kind of long work is called, in English, and what it has made
// when it ends: how many of what, with %s for the number. At is where it is looked
// at; its id comes behind.
type Work struct{ Name, One, Many, At string }

// works are the kinds of operations. Where there is no better word for what they
// count, something was changed.
var works = map[string]Work{
	"contacts.changed": {Name: "Changing many at once"},
	"companies.align":  {Name: "Writing a company's new name everywhere"},
	"companies.merge":  {Name: "Merging companies"},
	"tags.align":       {Name: "Writing a tag's new name everywhere"},
	"tags.merge":       {Name: "Merging tags"},
	"import.check":     {Name: "Trying an import out"},
	"import.run":       {Name: "Import", One: "%s came in or was changed", Many: "%s came in or were changed"},
	"import.undo":      {Name: "Taking an import back", One: "%s taken back", Many: "%s taken back"},
	"export.list":      {Name: "Export", One: "%s line", Many: "%s lines", At: "/exports/"},
	"export.archive":   {Name: "Archive of everything", One: "%s record", Many: "%s records", At: "/settings/archive/"},
	"archive.read":     {Name: "Reading an archive", One: "%s record", Many: "%s records"},
	"duplicates.seek":  {Name: "Looking for duplicates", One: "%s pair found", Many: "%s pairs found"},
	"duplicates.merge": {Name: "Merging duplicates", One: "%s pair merged", Many: "%s pairs merged"},
	"bin.empty":        {Name: "Emptying the bin"},
	"undo":             {Name: "Taking a change back", One: "%s taken back", Many: "%s taken back"},
}

// WorkOf says in words what an operation of a kind does; false where nobody
// found words for it.
func WorkOf(kind string) (Work, bool) {
	w, known := works[kind]
	if !known {
		w.Name = "Long work"
	}
	if w.One == "" {
		w.One, w.Many = "%s changed", "%s changed"
	}
	if w.At == "" {
		w.At = "/work/"
	}
	return w, known
}
