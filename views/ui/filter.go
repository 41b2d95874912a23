package ui

// Filter is what a list is asked, with the forms that change it. All words of it
// but those of the parts themselves are translated already.
type Filter struct {
	List   string // address of the list
	Views  string // where its forms are posted: itself refines, /new and /{id} change views
	Clear  string // the list as it is while nothing is added
	Keep   []Kept // what every form carries: where in the list it stands
	Tabs   []FilterTab
	Chips  []FilterChip
	Any    bool           // one of the chips is enough
	Fields []FilterChoice // that a condition can be about, while one is added
	Adding *FilterForm    // the condition that is being added
	Shown  []FilterChoice // the columns that can be shown, while they are chosen
	Chosen bool           // the list has columns to choose
	Owned  FilterView
}

// Kept is a value that a form carries along.
type Kept struct{ Name, Value string }

// FilterTab leads to a view of the list.
type FilterTab struct {
	Label, Href     string
	Current, Shared bool
}

// FilterChip is a condition of the filter. Drop is where a link takes it away
// that stands in the address; one of the question is dropped by its place At.
type FilterChip struct {
	Field, Op, Value, At string
	Drop                 string
	Ignored              bool // it counts for nothing: its field was deleted
}

// FilterChoice is something that can be chosen.
type FilterChoice struct {
	Value, Label string
	On           bool
}

// FilterForm is the form with which a condition is added.
type FilterForm struct {
	Choose       bool // which field is still to be said
	Field, Label string
	Kind         string // of store.Asked
	Ops, Values  []FilterChoice
	Typed, Days  string
	Problem      string
}

func (a *FilterForm) at() string {
	if a.Choose {
		return "add-field"
	}
	return "value"
}

// FilterView is the view that is shown, or was before it was refined, and what
// can be done with it.
type FilterView struct {
	ID, Name              string // no id: there is none with a name
	Whose                 string // name of the colleague whose it is; empty: one's own
	Mine                  bool   // it can be changed
	Refined               bool   // what is shown differs from it and can be kept in it
	Shared, Pinned, First bool
	MaySave               bool // what is shown can be kept under a new name
}

func checked(yes bool) string {
	if yes {
		return "on"
	}
	return ""
}
