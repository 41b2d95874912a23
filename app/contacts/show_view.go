package contacts

import (
	"slices"
	"strconv"
	"strings"

	"stead/app/access"
	"stead/app/custom"
	"stead/store"
	view "stead/views/contacts"
	"stead/views/ui"
)

// maxTabs is how many views stand beside the list in sight.
const maxTabs = 7

func (sh shower) namer(l Looked, people access.People) namer {
	return namer{t: ui.Words(sh.ctx), ctx: sh.ctx, fields: l.Fields, tags: l.Tags, people: people, how: custom.For(sh.country)}
}

// asked fills in what the list is asked: tabs, chips, columns, what can be done
// with the view.
func (sh shower) asked(out *view.List, l Looked, at place, actor access.Actor, people access.People) {
	names := sh.namer(l, people)
	out.Tabs, out.MoreTabs = sh.tabs(l, at)
	for i, c := range l.Question.Conditions {
		out.Chips = append(out.Chips, view.Chip{
			Field: names.field(c.Field), Op: names.t(opWords[c.Op]), Value: names.values(c), At: strconv.Itoa(i), Ignored: slices.Contains(l.Ignored, i),
		})
	}
	out.Any = l.Question.Any
	out.Owned = sh.owned(l, at, actor)
	sh.columns(out, l, at, names)
}

func (sh shower) tabs(l Looked, at place) (shown, more []view.Tab) {
	t := ui.Words(sh.ctx)
	whole := place{who: at.who}
	if slices.ContainsFunc(l.Views, func(v store.View) bool { return v.First }) {
		whole.view = wholeList
	}
	if len(l.Views) == 0 {
		return nil, nil
	}
	current := l.View.ID
	if l.View.Draft() {
		current = at.from
	}
	shown = []view.Tab{{Label: t("Everybody"), Href: whole.path(), Current: current == ""}}
	for _, v := range l.Views {
		tab := view.Tab{Label: v.Name, Own: true, Href: place{view: v.ID, who: at.who}.path(), Current: v.ID == current, Shared: v.Shared}
		if len(shown) > maxTabs && !tab.Current {
			more = append(more, tab)
			continue
		}
		shown = append(shown, tab)
	}
	return shown, more
}

// owned is what the actor can do with the view that is shown.
func (sh shower) owned(l Looked, at place, actor access.Actor) view.Owned {
	out := view.Owned{MaySave: at.sort != "" || l.View.Draft() && l.View.ID != ""}
	named := l.View
	if l.View.Draft() {
		named = store.View{}
		for _, v := range l.Views {
			if v.ID == at.from {
				named = v
			}
		}
	}
	if named.ID == "" {
		return out
	}
	t := ui.Words(sh.ctx)
	out.ID, out.Name, out.Shared, out.Pinned, out.First = named.ID, named.Name, named.Shared, named.Pinned, named.First
	out.Mine = named.OwnerID == actor.ID || named.OwnerID == "" && actor.Has(access.SettingsWrite)
	out.Refined = out.Mine && (l.View.Draft() || at.sort != "")
	switch {
	case named.OwnerID == "":
		out.Whose = t(access.Former)
	case named.OwnerID != actor.ID:
		out.Whose = l.People.Name(named.OwnerID)
	}
	return out
}

// columns fills in the columns of the business's choice, where there is one, and
// those that can be chosen.
func (sh shower) columns(out *view.List, l Looked, at place, names namer) {
	chosen := l.Question.Columns
	for _, key := range chosen {
		on, ok := store.AskedBy(key, l.Fields)
		column := view.Column{Label: names.t("State")}
		if key != "state" {
			if !ok {
				continue
			}
			column.Label = names.field(key)
		}
		if on.Sorts && l.Question.Find == "" {
			column.Sort = at.sorted(l.Question.Sort, key, "-"+key)
		}
		column.Key = key
		out.Columns = append(out.Columns, column)
	}
	if len(out.Columns) == 0 {
		return
	}
	for i := range l.Rows {
		c := l.Cards[l.Rows[i].ID]
		for _, column := range out.Columns {
			out.Rows[i].Cells = append(out.Rows[i].Cells, sh.cell(column.Key, c, l, names))
		}
	}
}

// cell prints what a card has in a column; what rows have anyway is printed by
// the row.
func (sh shower) cell(key string, c store.Card, l Looked, names namer) view.Cell {
	switch key {
	case "email":
		if len(c.Emails) > 0 {
			return view.Cell{Text: c.Emails[0].Typed}
		}
	case "city", "country":
		if len(c.Addresses) > 0 && key == "city" {
			return view.Cell{Text: c.Addresses[0].City}
		} else if len(c.Addresses) > 0 {
			return view.Cell{Text: c.Addresses[0].Country}
		}
	case "tag":
		var out view.Cell
		for _, tag := range l.TagsOf[c.ID] {
			out.Tags = append(out.Tags, view.CellTag{Name: tag.Name, Colour: tag.Colour})
		}
		return out
	case "source", "language", "basis":
		value := map[string]string{"source": c.Source, "language": c.Language, "basis": c.Basis}[key]
		if value != "" {
			return view.Cell{Text: names.values(store.Condition{Field: key, Op: store.OpAny, Values: []string{value}})}
		}
	case "created":
		if c.ID != "" {
			return view.Cell{When: sh.clock.Brief(sh.ctx, c.CreatedAt)}
		}
	}
	return sh.ownCell(key, c, names)
}

func (sh shower) ownCell(key string, c store.Card, names namer) view.Cell {
	on, ok := store.AskedBy(key, names.fields)
	v, has := c.Values[on.Own.ID]
	if !ok || !has {
		return view.Cell{}
	}
	text := custom.Format(on.Own, v, names.how)
	if on.Own.Kind == "yesno" {
		text = names.t(text)
	}
	return view.Cell{Text: text, Number: strings.Contains("number money", on.Own.Kind)}
}
