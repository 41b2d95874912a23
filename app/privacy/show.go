package privacy

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"stead/store"
	view "stead/views/privacy"
	"stead/views/ui"
)

// shower turns records into what pages show.
type shower struct {
	ctx   context.Context
	clock ui.Clock
	zone  *time.Location
}

func (s *Service) shower(ctx context.Context) (shower, error) {
	b, err := s.Store.Business(ctx)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return shower{}, err
	}
	zone, err := time.LoadLocation(b.Timezone)
	if err != nil {
		zone = time.UTC
	}
	return shower{ctx: ctx, clock: ui.NewClock(s.Now(), zone), zone: zone}, nil
}

// moment is a time in full.
func (sh shower) moment(ms int64) string {
	return time.UnixMilli(ms).In(sh.zone).Format("2 January 2006, 15:04")
}

// day is the day that is left of an anonymised time.
func (sh shower) day(n int64) string {
	return time.UnixMilli(n * day.Milliseconds()).UTC().Format("2 January 2006")
}

const rowsOnPage = 100 // of one kind; the package holds all

func (sh shower) person(r Report) view.Person {
	p := view.Person{
		Path: personPath(r.Person.ID), Contact: "/contacts/" + r.Person.ID, Looked: AuditQuery{Person: r.Person.ID}.path(), Name: nameOf(r.Person),
		Source: sourceOf(r.Source), Since: sh.moment(r.Since), Restricted: r.Restricted, Recipients: sh.recipients(r.Recipients),
	}
	for _, s := range r.Sections {
		if section := sh.section(s, rowsOnPage); len(section.Rows) > 0 {
			p.Sections = append(p.Sections, section)
		}
	}
	for _, w := range r.Withheld {
		p.Withheld = append(p.Withheld, view.Withheld{What: titleOf(w.Table) + ": " + columnOf(w.Column), Why: w.Why})
	}
	return p
}

// section shows at most some of a section's rows, and no row that has nothing
// to show.
func (sh shower) section(s Section, most int) view.Section {
	out := view.Section{Title: s.Title, Purpose: s.Purpose, Kept: s.Kept, Count: strconv.Itoa(len(s.Rows)), More: len(s.Rows) > most}
	for _, row := range s.Rows[:min(len(s.Rows), most)] {
		var values []view.Value
		for _, v := range row.Values {
			if !isInner(v.Column) {
				values = append(values, view.Value{Name: columnOf(v.Column), Text: sh.value(v)})
			}
		}
		if len(values) > 0 {
			out.Rows = append(out.Rows, values)
		}
	}
	return out
}

// isInner tells a column that ties records together and says nothing to people;
// machines find it in the package.
func isInner(column string) bool {
	switch column {
	case "id", "ref", "seq", "hash", "version", "position", "reversed", "match_key", "name_key", "email_key", "unread", "state_rank", "kind":
		return true
	}
	return strings.HasSuffix(column, "_id") || strings.HasSuffix(column, "_commit") || strings.HasSuffix(column, "_hash")
}

// document is a person's package to read.
func (sh shower) document(r Report, made time.Time) view.Document {
	p := sh.person(r)
	out := view.Document{Person: p.Name, Made: sh.moment(made.UnixMilli()), Source: p.Source, Recipients: p.Recipients, Withheld: p.Withheld}
	for _, s := range r.Sections {
		if section := sh.section(s, len(s.Rows)); len(section.Rows) > 0 {
			out.Sections = append(out.Sections, section)
		}
	}
	return out
}

func sourceOf(source string) string {
	switch source {
	case "manual":
		return "Somebody of the business wrote it down"
	case "call":
		return "The person called"
	case "sms":
		return "The person sent a text"
	}
	return "A demonstration"
}

func (sh shower) recipients(list []store.Processor) []view.Recipient {
	out := make([]view.Recipient, len(list))
	for i, p := range list {
		name, fields := recipientOf(p.Name), fieldsOf(p.Fields)
		if p.Purpose == certificates {
			name, fields = ui.Say(sh.ctx, "%s (gives certificates)", p.Name), certificateFields(p.Fields)
		}
		out[i] = view.Recipient{Name: name, Purpose: purposeOf(p.Purpose), Fields: fields, Times: strconv.FormatInt(p.Times, 10), Last: sh.moment(p.LastAt)}
	}
	return out
}

func erasePage(ctx context.Context, path, name string, plan Plan) view.Erase {
	p := view.Erase{Path: path, Name: name, Stays: gapsOf(plan.Stays), Confirm: ui.Input{
		Name: "confirm", Label: "Type the word erase", Autocomplete: "off", Required: true,
	}}
	for _, t := range plan.Tables {
		does := "Deleted"
		if t.Does == anonymises {
			does = "Kept without the person"
		}
		p.Tables = append(p.Tables, view.PlanRow{Title: titleOf(t.Table), Purpose: t.Purpose, Count: strconv.FormatInt(t.Rows, 10), Does: does})
	}
	for _, provider := range slices.Sorted(maps.Keys(plan.Remotes)) {
		p.Remotes += ui.Say(ctx, "%s copies of texts and calls are deleted at %s. ", strconv.FormatInt(plan.Remotes[provider], 10), provider)
	}
	return p
}

func gapsOf(list []Gap) []view.Gap {
	out := make([]view.Gap, len(list))
	for i, g := range list {
		out[i] = view.Gap{What: g.What, Why: g.Why, Until: g.Until, Count: g.Count}
	}
	return out
}

func receiptPage(ctx context.Context, r Receipt) view.Receipt {
	p := view.Receipt{
		Path: receiptPath(r.ID), ID: r.ID, State: r.State, Asked: r.AskedAt, Done: r.DoneAt, Hits: strconv.FormatInt(r.Hits, 10),
		Shared: strconv.FormatInt(r.Shared, 10), Clean: r.State == store.ErasureDone && r.Hits == 0, Problem: r.Problem, Gaps: gapsOf(r.Gaps),
		Again: r.State != store.ErasureDone,
		Looked: ui.Say(ctx, "%s values in every spelling, %s of them too short for bytes to prove.",
			strconv.Itoa(r.Needles), strconv.Itoa(r.TooShort)),
	}
	if p.Problem == "" && !p.Clean {
		p.Problem = "The erasure is under way. It goes on by itself, also after a restart."
	}
	for _, table := range slices.Sorted(maps.Keys(r.Tables)) {
		if r.Tables[table] > 0 {
			p.Tables = append(p.Tables, view.PlanRow{Title: titleOf(table), Count: strconv.FormatInt(r.Tables[table], 10)})
		}
	}
	for _, st := range r.Stores {
		p.Stores = append(p.Stores, view.StoreRow{Name: PlaceOf(st.Store), Hits: strconv.FormatInt(st.Hits, 10), Shared: strconv.FormatInt(st.Shared, 10)})
	}
	for _, m := range r.Remotes {
		p.Remotes = append(p.Remotes, view.RemoteRow{Provider: m.Provider, Count: strconv.FormatInt(m.Count, 10), State: remoteState(m.State)})
		p.Again = p.Again || m.State == store.RemoteFailed
	}
	return p
}

func remoteState(state string) ui.Option {
	switch state {
	case store.RemoteDone:
		return ui.Option{Value: "ok", Label: "Deleted"}
	case store.RemoteGone:
		return ui.Option{Value: "ok", Label: "Was gone"}
	case store.RemoteFailed:
		return ui.Option{Value: "bad", Label: "Refused"}
	}
	return ui.Option{Value: "warn", Label: "Waiting"}
}
