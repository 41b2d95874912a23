package reports

import (
	"maps"
	"net/http"
	"net/url"
	"slices"
	"time"

	"stead/store"
	"stead/views/ui"
)

// place is what an address asks for: ids, days and words of ours only.
type place struct {
	pipeline, period, from, to, who string
	// of a figure whose rows are asked for
	of, stage, went, by, key, status string
}

// The periods that are offered. A year is the first.
const (
	lastYear  = ""
	thisMonth = "month"
	lastMonth = "last-month"
	thisYear  = "year"
	always    = "all"
	ownPeriod = "days"
)

func placeOf(r *http.Request) place { return placeIn(r.URL.Query().Get) }

func placeIn(get func(string) string) place {
	return place{
		pipeline: get("pipeline"), period: get("period"), from: get("from"), to: get("to"), who: get("who"),
		of: get("of"), stage: get("stage"), went: get("went"), by: get("by"), key: get("key"), status: get("status"),
	}
}

// values are what the place says, by the names in its address.
func (p place) values() url.Values {
	v := url.Values{}
	for name, value := range map[string]string{
		"pipeline": p.pipeline, "period": p.period, "who": p.who, "of": p.of, "stage": p.stage, "went": p.went, "by": p.by, "key": p.key, "status": p.status,
	} {
		if value != "" {
			v.Set(name, value)
		}
	}
	if p.period == ownPeriod {
		v.Set("from", p.from)
		v.Set("to", p.to)
	}
	return v
}

// query is the place as an address has it behind its sign, with it.
func (p place) query() string {
	if v := p.values(); len(v) > 0 {
		return "?" + v.Encode()
	}
	return ""
}

// asked is the place for a form.
func (p place) asked() (out []ui.Option) {
	v := p.values()
	for _, name := range slices.Sorted(maps.Keys(v)) {
		out = append(out, ui.Option{Value: name, Label: v.Get(name)})
	}
	return out
}

// bare is the place without a figure.
func (p place) bare() place {
	p.of, p.stage, p.went, p.by, p.key, p.status = "", "", "", "", "", ""
	return p
}

// days are the first day of a period and that behind its last, in the zone of now;
// zero: it has no such end.
func (p place) days(now time.Time) (from, to time.Time) {
	month := time.Date(now.Year(), now.Month(), 1, 0, 0, 0, 0, now.Location())
	next := month.AddDate(0, 1, 0)
	switch p.period {
	case thisMonth:
		return month, next
	case lastMonth:
		return month.AddDate(0, -1, 0), month
	case thisYear:
		return time.Date(now.Year(), 1, 1, 0, 0, 0, 0, now.Location()), next
	case always:
		return from, to
	case ownPeriod:
		from, _ = time.ParseInLocation(time.DateOnly, p.from, now.Location()) // what is no day is no end
		if last, err := time.ParseInLocation(time.DateOnly, p.to, now.Location()); err == nil {
			to = last.AddDate(0, 0, 1)
		}
		return from, to
	}
	return next.AddDate(-1, 0, 0), next
}

func (p place) span(now time.Time) store.Span {
	from, to := p.days(now)
	var out store.Span
	if !from.IsZero() {
		out.From = max(0, from.UnixMilli())
	}
	if !to.IsZero() {
		out.To = max(1, to.UnixMilli())
	}
	return out
}
