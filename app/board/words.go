package board

import (
	"slices"
	"strconv"
	"strings"

	"stead/app/access"
	"stead/app/custom"
	"stead/app/money"
	"stead/app/saved"
	"stead/store"
	"stead/views/ui"
)

func wholeIn(minor int64, currency string) bool {
	unit := int64(1)
	for range money.Digits(currency) {
		unit *= 10
	}
	return unit > 1 && minor%unit == 0
}

// askedWords name what can be asked of a deal, in English.
var askedWords = map[string]string{
	"title": "Title", "pipeline": "Pipeline", "stage": "Stage", "status": "Status", "owner": "Owner", "person": "Person", "company": "Company",
	"amount": "Amount", "currency": "Currency", "probability": "Probability, in percent", "closes": "Expected close", "closed": "Won or lost on",
	"created": "Added", "activity": "Last activity", "entered": "In this stage since", "source": "Came by", "tag": "Tag", "reason": "Reason",
	"stepless": "Has no next step", "overdue": "Next step is overdue", "idle": "Is idle", "number": "Number", "weighted": "Weighted", "next": "Next step",
}

var opWords = map[string]string{
	store.OpIs: "is", store.OpNot: "is not", store.OpHas: "contains", store.OpBegins: "begins with", store.OpAny: "is any of", store.OpNone: "is none of",
	store.OpEmpty: "is empty", store.OpFilled: "is filled in", store.OpLeast: "is at least", store.OpMost: "is at most", store.OpBefore: "is before",
	store.OpAfter: "is after", store.OpWithin: "is within the last", store.OpYes: "is yes", store.OpNo: "is no",
}

var statusWords = map[string]string{store.DealOpen: "Open", store.DealWon: "Won", store.DealLost: "Lost"}

var sourceWords = map[string]string{
	"manual": "Entered by hand", "call": "A call", "sms": "A text", "form": "A web form", "webhook": "A webhook", "import": "An import", "demo": "The demonstration",
}

// lists are what names of values are read from, while a form is open or a filter
// names them.
type lists struct {
	fields  []store.Field
	tags    []store.Tag
	reasons []store.Reason
}

// namer names fields and values for people.
type namer struct {
	shower
	lists
}

func (n *namer) by(key string) (store.Asked, bool) {
	on, ok := store.AskedDealBy(key, n.fields)
	if on.Key == "amount" {
		on.Own = store.Field{Kind: "money", Currency: n.currency}
	}
	return on, ok
}

func (n *namer) field(key string) string {
	on, ok := n.by(key)
	switch {
	case on.Own.ID != "":
		return on.Own.Name
	case !ok && askedWords[key] == "":
		return n.t("A field that was deleted")
	}
	return n.t(askedWords[key])
}

// offers are the values that a field can be compared with; none where they are typed.
func (n *namer) offers(on store.Asked) []ui.FilterChoice {
	var out []ui.FilterChoice
	add := func(value, label string) { out = append(out, ui.FilterChoice{Value: value, Label: label}) }
	switch on.Key {
	case "pipeline":
		for _, p := range n.pipelines {
			add(p.ID, p.Name)
		}
	case "stage":
		for _, p := range n.pipelines {
			for _, s := range p.Stages {
				if len(n.pipelines) > 1 {
					add(s.ID, p.Name+" · "+s.Name)
				} else {
					add(s.ID, s.Name)
				}
			}
		}
	case "status":
		for _, v := range []string{store.DealOpen, store.DealWon, store.DealLost} {
			add(v, n.t(statusWords[v]))
		}
	case "source":
		for _, v := range []string{"manual", "call", "sms", "form", "webhook", "import", "demo"} {
			add(v, n.t(sourceWords[v]))
		}
	case "owner":
		add(store.OwnerMe, n.t("Me"))
		add("", n.t("Nobody"))
		for _, u := range n.people {
			if u.RemovedAt == 0 {
				add(u.ID, u.Name)
			}
		}
	case "tag":
		for _, v := range n.tags {
			add(v.ID, v.Name)
		}
	case "reason":
		for _, v := range n.reasons {
			add(v.ID, v.Name)
		}
	default:
		for _, c := range on.Own.Choices {
			add(c.ID, c.Name)
		}
	}
	return out
}

// values print what a condition compares with.
func (n *namer) values(c store.Condition) string {
	on, ok := n.by(c.Field)
	if !ok || !store.Takes(c.Op) {
		return ""
	}
	offers := n.offers(on)
	var out []string
	for _, v := range c.Values {
		at := slices.IndexFunc(offers, func(o ui.FilterChoice) bool { return o.Value == v })
		switch {
		case at >= 0:
			v = offers[at].Label
		case on.Key == "owner":
			v = n.people.Name(v)
		case on.Kind == store.AskPick && on.Key != "currency":
			v = n.t("something that was deleted")
		}
		out = append(out, v)
	}
	text := strings.Join(out, ", ")
	switch {
	case c.Op == store.OpWithin:
		return ui.Say(n.ctx, "%s days", text)
	case on.Kind == store.AskNumber && on.Own.Kind != "":
		num, _ := strconv.ParseInt(text, 10, 64) // the question keeps numbers
		return custom.Format(on.Own, store.Value{Num: num, IsNum: true}, n.how)
	}
	return text
}

// filter shows what is asked, and what can be done with its view.
func (sh *shower) filter() ui.Filter {
	at := sh.at.bare()
	f := ui.Filter{List: "/deals", Views: "/board/views", Clear: at.path(), Any: sh.question.Any, Chosen: sh.at.show == asList}
	at.view = sh.viewID()
	for _, part := range at.parts() {
		if part[1] != "" {
			f.Keep = append(f.Keep, ui.Kept{Name: part[0], Value: part[1]})
		}
	}
	f.Tabs, f.Owned = sh.tabs(), sh.owned()
	return f
}

// viewID is the view that forms work on: the one that is shown, even where the
// address does not name it.
func (sh *shower) viewID() string {
	if sh.at.view == "" {
		return sh.view.ID
	}
	return sh.at.view
}

func (sh *shower) tabs() []ui.FilterTab {
	if len(sh.views) == 0 {
		return nil
	}
	to := sh.at.bare()
	to.view, to.from, to.sort = "", "", ""
	if slices.ContainsFunc(sh.views, func(v store.View) bool { return v.First }) {
		to.view = whole
	}
	current := sh.view.ID
	if sh.view.Draft() {
		current = sh.at.from
	}
	out := []ui.FilterTab{{Label: sh.t("All deals"), Href: to.path(), Current: current == ""}}
	for _, v := range sh.views {
		to.view = v.ID
		out = append(out, ui.FilterTab{Label: v.Name, Href: to.path(), Current: v.ID == current, Shared: v.Shared})
	}
	return out
}

// owned is what the actor can do with the view that is shown.
func (sh *shower) owned() ui.FilterView {
	out := ui.FilterView{MaySave: sh.at.sort != "" || sh.view.Draft() && sh.view.ID != ""}
	named := sh.view
	if named.Draft() {
		named = store.View{}
		if at := slices.IndexFunc(sh.views, func(v store.View) bool { return v.ID == sh.at.from }); at >= 0 {
			named = sh.views[at]
		}
	}
	if named.ID == "" {
		return out
	}
	out.ID, out.Name, out.Shared, out.Pinned, out.First = named.ID, named.Name, named.Shared, named.Pinned, named.First
	out.Mine = saved.Mine(sh.actor, named)
	out.Refined = out.Mine && (sh.view.Draft() || sh.at.sort != "")
	switch named.OwnerID {
	case "":
		out.Whose = sh.t(access.Former)
	case sh.actor.ID:
	default:
		out.Whose = sh.people.Name(named.OwnerID)
	}
	return out
}
