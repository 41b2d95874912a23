package contacts

import (
	"context"
	"slices"
	"strings"

	"stead/app/access"
	"stead/app/custom"
	"stead/app/people"
	"stead/store"
	"stead/views/ui"
)

// askedWords name what can be asked of a contact, in English.
var askedWords = map[string]string{
	"name": "Name", "phone": "Phone", "email": "Email", "company": "Company", "city": "City", "country": "Country", "tag": "Tag", "owner": "Assigned to",
	"source": "Came by", "language": "Language", "basis": "Lawful basis", "consent": "Consent to texts", "do_not_call": "Do not call",
	"blocked": "Blocked", "restricted": "Restricted", "minor": "May be a child", "created": "Added", "activity": "Last activity", "task": "Has a task that is due",
}

var opWords = map[string]string{
	store.OpIs: "is", store.OpNot: "is not", store.OpHas: "contains", store.OpBegins: "begins with", store.OpAny: "is any of", store.OpNone: "is none of",
	store.OpEmpty: "is empty", store.OpFilled: "is filled in", store.OpLeast: "is at least", store.OpMost: "is at most", store.OpBefore: "is before",
	store.OpAfter: "is after", store.OpWithin: "is within the last", store.OpYes: "is yes", store.OpNo: "is no",
}

var sourceWords = map[string]string{"manual": "Entered by hand", "call": "A call", "sms": "A text", "form": "A web form", "webhook": "A webhook", "import": "An import", "demo": "The demonstration"}

var consentWords = map[string]string{store.ConsentGiven: "Given", store.ConsentWithdrawn: "Opted out", store.ConsentNone: "Not asked"}

// offer is a value that a condition can be given, and its name; own names are
// not translated.
type offer struct{ value, name string }

// namer names fields and values for people.
type namer struct {
	t      func(string) string
	ctx    context.Context
	fields []store.Field
	tags   []store.Tag
	people access.People
	how    custom.How
}

func (n namer) field(key string) string {
	on, ok := store.AskedBy(key, n.fields)
	switch {
	case !ok:
		return n.t("A field that was deleted")
	case on.Own.ID != "":
		return on.Own.Name
	}
	return n.t(askedWords[on.Key])
}

// offers are the values that a field can be compared with; none where they are typed.
func (n namer) offers(on store.Asked) []offer {
	var out []offer
	switch on.Key {
	case "tag":
		for _, tag := range n.tags {
			out = append(out, offer{tag.ID, tag.Name})
		}
	case "owner":
		out = append(out, offer{store.OwnerMe, n.t("Me")}, offer{"", n.t("Nobody")})
		for _, u := range n.people {
			if u.RemovedAt == 0 {
				out = append(out, offer{u.ID, u.Name})
			}
		}
	case "source":
		out = n.words(sourceWords)
	case "consent":
		out = n.words(consentWords)
	case "basis":
		for _, b := range people.Bases {
			out = append(out, offer{b.Code, n.t(b.Name)})
		}
	case "language":
		for _, l := range people.Languages {
			out = append(out, offer{l.Code, n.t(l.Name)})
		}
	default:
		for _, c := range on.Own.Choices {
			out = append(out, offer{c.ID, c.Name})
		}
	}
	return out
}

func (n namer) words(of map[string]string) []offer {
	var out []offer
	for value, word := range of {
		out = append(out, offer{value, n.t(word)})
	}
	slices.SortFunc(out, func(a, b offer) int { return strings.Compare(a.name, b.name) })
	return out
}

// values print what a condition compares with.
func (n namer) values(c store.Condition) string {
	on, ok := store.AskedBy(c.Field, n.fields)
	if !ok || !store.Takes(c.Op) {
		return ""
	}
	if on.Key == "owner" {
		return n.owners(c.Values)
	}
	offers := n.offers(on)
	var out []string
	for _, v := range c.Values {
		if at := slices.IndexFunc(offers, func(o offer) bool { return o.value == v }); at >= 0 {
			v = offers[at].name
		} else if on.Key == "tag" {
			v = n.t("a tag that was deleted")
		}
		out = append(out, v)
	}
	text := strings.Join(out, ", ")
	switch {
	case c.Op == store.OpWithin:
		return ui.Say(n.ctx, "%s days", text)
	case on.Kind == store.AskNumber:
		return custom.Format(on.Own, store.Value{Num: number(text), IsNum: true}, n.how)
	}
	return text
}

func (n namer) owners(ids []string) string {
	out := make([]string, len(ids))
	for i, id := range ids {
		switch id {
		case store.OwnerMe:
			out[i] = n.t("Me")
		case "":
			out[i] = n.t("Nobody")
		default:
			out[i] = n.people.Name(id)
		}
	}
	return strings.Join(out, ", ")
}
