package board

import (
	"net/http"
	"net/url"
	"time"

	"stead/store"
)

// The ways in which the deals are shown. Lanes is the first.
const (
	asBoard    = ""
	asList     = "list"
	asForecast = "forecast"
)

// whole is the view's id that means the deals themselves where a view stands in
// their place.
const whole = "all"

// place is where somebody stands among the deals: what its address says. It
// holds ids and words of ours only.
type place struct {
	show     string
	pipeline string // empty: the first one on the board, all of them elsewhere
	view     string // id of what is asked; whole: nothing, though a view stands in the list's place
	from     string // id of the view with a name that this one was made of
	sort     string
	who      string
	status   string // of a list: open, won, lost, all
	stage    string
	closes   string // month, as 2026-12, or "none"
	currency string
	add      string // key of the field that the filter is to have
	lane     string // stage whose cards begin behind after
	after    string
}

func placeOf(r *http.Request) place { return placeIn(r.URL.Query().Get) }

// placeTyped is the place that a form was sent from.
func placeTyped(r *http.Request) place {
	at := placeIn(r.PostFormValue)
	at.add, at.after, at.lane = "", "", ""
	return at
}

func placeIn(get func(string) string) place {
	at := place{
		show: get("show"), pipeline: get("pipeline"), view: get("view"), from: get("from"), sort: get("sort"), who: get("who"), status: get("status"),
		stage: get("stage"), closes: get("closes"), currency: get("currency"), add: get("add"), lane: get("lane"), after: get("after"),
	}
	if at.show != asList && at.show != asForecast {
		at.show = asBoard
	}
	return at
}

// parts are what a place says, by the names in its address.
func (p place) parts() [13][2]string {
	return [13][2]string{
		{"add", p.add},
		{"after", p.after},
		{"closes", p.closes},
		{"currency", p.currency},
		{"from", p.from},
		{"lane", p.lane},
		{"pipeline", p.pipeline},
		{"show", p.show},
		{"sort", p.sort},
		{"stage", p.stage},
		{"status", p.status},
		{"view", p.view},
		{"who", p.who},
	}
}

// path is the address of the deals as they are shown there.
func (p place) path() string { return p.under("/deals") }

func (p place) under(path string) string {
	out := make([]byte, 0, 200)
	out = append(out, path...)
	sign := byte('?')
	for _, part := range p.parts() {
		if part[1] == "" {
			continue
		}
		out = append(append(append(out, sign), part[0]...), '=')
		out = append(out, url.QueryEscape(part[1])...)
		sign = '&'
	}
	return string(out)
}

// bare is the place without what is open or turned to.
func (p place) bare() place {
	p.add, p.after, p.lane = "", "", ""
	return p
}

// as is the same place, shown otherwise.
func (p place) as(show string) place {
	p = p.bare()
	p.show = show
	if show != asList {
		p.sort, p.stage, p.closes, p.currency, p.status = "", "", "", "", ""
	}
	return p
}

const monthForm = "2006-01"

// narrowed are the conditions that the address itself makes.
func (p place) narrowed() []store.Condition {
	var out []store.Condition
	only := func(field, value string) {
		if value != "" {
			out = append(out, store.Condition{Field: field, Op: store.OpAny, Values: []string{value}})
		}
	}
	only("pipeline", p.pipeline)
	only("stage", p.stage)
	only("currency", p.currency)
	if p.closes == "none" {
		out = append(out, store.Condition{Field: "closes", Op: store.OpEmpty})
	} else if first, err := time.Parse(monthForm, p.closes); err == nil {
		out = append(out,
			store.Condition{Field: "closes", Op: store.OpAfter, Values: []string{first.AddDate(0, 0, -1).Format(time.DateOnly)}},
			store.Condition{Field: "closes", Op: store.OpBefore, Values: []string{first.AddDate(0, 1, 0).Format(time.DateOnly)}})
	}
	return out
}
