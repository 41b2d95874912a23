package bulk

import (
	"context"
	"maps"
	"net/url"
	"slices"

	"stead/views/ui"
)

type field struct{ Name, Value string }

// fields are the hidden inputs for values, in an order that stays.
func fields(of url.Values) []field {
	var out []field
	for _, name := range slices.Sorted(maps.Keys(of)) {
		for _, v := range of[name] {
			out = append(out, field{name, v})
		}
	}
	return out
}

func title(p Bulk) string {
	if p.What == "bin" {
		return "Delete contacts"
	}
	return "Change contacts"
}

func verb(p Bulk) string {
	if p.What == "bin" {
		return "Put them into the bin"
	}
	return "Change them"
}

// chosen says who was chosen.
func chosen(ctx context.Context, p Bulk) string {
	if p.All {
		return ui.Words(ctx)("Everybody that the list finds is chosen. You will see how many before anything changes.")
	}
	return ui.Many(ctx, p.N, "%s contact is chosen.", "%s contacts are chosen.")
}

func offValue(off bool) string {
	if off {
		return "yes"
	}
	return "no"
}

// at is the problem of an input, if it is this one.
func at(p Bulk, input string) string {
	if p.ProblemAt == input {
		return p.Problem
	}
	return ""
}

func name(ctx context.Context, name string) string {
	if name == "" {
		return ui.Words(ctx)("No name")
	}
	return name
}

func dash(s string) string {
	if s == "" {
		return "–"
	}
	return s
}

// weight is how the button looks that does it.
func weight(p Bulk) string {
	if p.What == "bin" {
		return "danger"
	}
	return "primary"
}
