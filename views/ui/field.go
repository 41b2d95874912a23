package ui

import "strings"

// Input is one question of a form: its words in English, what was typed, and
// what is wrong with it.
type Input struct {
	Name, Label, Value, Type   string
	ID                         string // the name, when empty; two forms on a page may ask the same
	Hint, Problem              string
	Autocomplete, Mode         string // Mode: the on-screen keyboard, such as tel or email
	Placeholder                string
	Required, Optional, Hidden bool // Optional prints the word; Hidden hides the label from sight only
	Focus                      bool // typing begins here
	Rows, Max                  int  // of a text area; most characters
}

// Option is one choice of a Select or of Choices.
type Option struct {
	Value, Label, Hint string
}

// Problem is one thing to mend: the input's id and the sentence that also
// stands beside it.
type Problem struct{ Field, Text string }

func (in Input) id() string {
	if in.ID != "" {
		return in.ID
	}
	return in.Name
}

func (in Input) kind() string {
	if in.Type != "" {
		return in.Type
	}
	return "text"
}

func (in Input) rows() int {
	if in.Rows > 0 {
		return in.Rows
	}
	return 3
}

// describedBy lists the ids of the texts that explain the input.
func (in Input) describedBy() string {
	var ids []string
	if in.Hint != "" {
		ids = append(ids, in.id()+"-hint")
	}
	if in.Problem != "" {
		ids = append(ids, in.id()+"-problem")
	}
	return strings.Join(ids, " ")
}
