package contacts

import (
	"strings"
	"time"

	"stead/app/custom"
	"stead/app/people"
	"stead/app/phone"
	"stead/store"
	view "stead/views/contacts"
	"stead/views/ui"
)

// factSlots are the parts that the card lists one below the other. The name
// stands above them, tags and switches beside them.
var factSlots = []string{
	people.SlotPhones, people.SlotEmails, people.SlotCompanies, people.SlotAddresses, people.SlotAbout, people.SlotLanguage, people.SlotZone, people.SlotBasis,
}

var slotWords = map[string]string{
	people.SlotName: "Name", people.SlotPhones: "Phone", people.SlotEmails: "Email", people.SlotCompanies: "Company", people.SlotAddresses: "Address",
	people.SlotTags: "Tags", people.SlotLanguage: "Language", people.SlotZone: "Time zone", people.SlotBasis: "Lawful basis",
	people.SlotCalls: "Do not call", people.SlotMinor: "May be a child", people.SlotAbout: "About",
}

// partWords names a part; one of the business's own fields is "A field".
func partWords(slot string) string {
	if words, ok := slotWords[slot]; ok {
		return words
	}
	return "A field of your own"
}

func (sh shower) fact(c Card, slot string) view.Fact {
	out := view.Fact{Name: slot, Label: slotWords[slot], Lines: sh.lines(c, slot)}
	if c.Edit {
		out.Edit = partPath(c.ID, slot)
	}
	return out
}

func partPath(id, slot string) string { return contactPath(id) + "/parts/" + slot }

func (sh shower) lines(c Card, slot string) (out []view.FactLine) {
	switch slot {
	case people.SlotPhones:
		for _, p := range c.Phones {
			out = append(out, sh.phone(p, c.OptedOut[p.MatchKey], c.DoNotCallAt != 0))
		}
	case people.SlotEmails:
		for _, e := range c.Emails {
			line := view.FactLine{Text: e.Typed, Label: e.Label}
			if c.Sees {
				line.Href = "mailto:" + e.Typed
			}
			out = append(out, line)
		}
	case people.SlotCompanies:
		out = jobLines(c)
	case people.SlotAddresses:
		for _, a := range c.Addresses {
			out = append(out, view.FactLine{Text: addressText(a), Label: a.Label, Multi: true})
		}
	case people.SlotAbout:
		out = text1(c.About, true)
	case people.SlotLanguage:
		out = sh.language(c.Language)
	case people.SlotZone:
		out = sh.zone(c.TimeZone)
	case people.SlotBasis:
		out = sh.basis(c)
	}
	return out
}

func text1(s string, multi bool) []view.FactLine {
	if s == "" {
		return nil
	}
	return []view.FactLine{{Text: s, Multi: multi}}
}

func (sh shower) phone(p store.Phone, optedOut, doNotCall bool) view.FactLine {
	out := view.FactLine{Text: sh.number(p), Label: p.Label, Number: true}
	badge := func(kind, label string) { out.Badges = append(out.Badges, ui.Option{Value: kind, Label: label}) }
	switch {
	case p.E164 != "" && !doNotCall:
		out.Href = "tel:" + p.E164
		if _, ext := phone.SplitExtension(p.Typed); ext != "" {
			out.Href += ";ext=" + ext
		}
	case p.E164 == "" && phone.ShortCode(p.Typed):
		badge("", "Short code")
	case p.E164 == "" && !strings.HasPrefix(p.Typed, "•"):
		badge("warn", "Not understood as a number")
	}
	if optedOut {
		badge("bad", "Opted out")
	}
	switch p.SMSState {
	case "landline":
		badge("", "Landline")
	case "unreachable":
		badge("warn", "Texts do not arrive")
	case "invalid":
		badge("warn", "Not in service")
	case "able":
		if !optedOut {
			badge("ok", "Gets texts")
		}
	default:
		if n, err := phone.Parse(p.E164, ""); err == nil && n.Type == phone.FixedLine {
			badge("", "Landline")
		}
	}
	return out
}

func jobLines(c Card) (out []view.FactLine) {
	for _, j := range c.Companies {
		line := view.FactLine{Text: j.Name, Href: "/companies/" + j.CompanyID, Label: j.Role}
		if j.Former {
			line.Note = "Formerly"
		}
		out = append(out, line)
	}
	if len(out) == 0 {
		out = text1(c.Company, false)
	}
	return out
}

// posts are where somebody works now, for the head of the card.
func (sh shower) posts(c Card) (out []view.Post) {
	for _, j := range c.Companies {
		if !j.Former && len(out) < 3 {
			out = append(out, view.Post{Company: j.Name, Role: j.Role, Href: "/companies/" + j.CompanyID})
		}
	}
	if len(c.Companies) == 0 && c.Company != "" {
		out = []view.Post{{Company: c.Company}}
	}
	return out
}

func addressText(a store.Address) string {
	var lines []string
	for _, l := range []string{a.Street, strings.TrimSpace(a.Postcode + " " + a.City), a.Region, a.Country} {
		if l != "" {
			lines = append(lines, l)
		}
	}
	return strings.Join(lines, "\n")
}

func (sh shower) language(code string) []view.FactLine {
	return text1(ui.Words(sh.ctx)(people.NameOf(people.Languages, code)), false)
}

// zone says the zone and what time it is there.
func (sh shower) zone(name string) []view.FactLine {
	if name == "" {
		return nil
	}
	place := strings.ReplaceAll(name[strings.LastIndex(name, "/")+1:], "_", " ")
	out := view.FactLine{Text: place}
	if at, err := time.LoadLocation(name); err == nil {
		out.Text += ", " + sh.clock.Now().In(at).Format("15:04")
	}
	return []view.FactLine{out}
}

func (sh shower) basis(c Card) (out []view.FactLine) {
	if c.Basis != "" {
		line := view.FactLine{Text: ui.Words(sh.ctx)(people.NameOf(people.Bases, c.Basis))}
		if c.BasisAt != 0 {
			line.Label = sh.clock.When(sh.ctx, c.BasisAt).Text
		}
		out = append(out, line)
	}
	return append(out, text1(c.BasisEvidence, true)...)
}

func (sh shower) fieldFact(c Card, f store.Field) view.Fact {
	out := view.Fact{Name: people.SlotField + f.ID, Label: f.Name, Own: true}
	if c.Edit {
		out.Edit = partPath(c.ID, out.Name)
	}
	v, ok := c.Values[f.ID]
	if !ok {
		return out
	}
	line := view.FactLine{Text: custom.Format(f, v, custom.For(sh.country)), Multi: f.Kind == "text"}
	switch f.Kind {
	case "yesno":
		line.Text = ui.Words(sh.ctx)(line.Text)
	case "link":
		line.Href = v.Words
	}
	out.Lines = []view.FactLine{line}
	return out
}

// came says where what is known came from: "Imported on 3 March by Ana".
func (sh shower) came(c Card) (out []view.Came) {
	for _, p := range c.From {
		out = append(out, view.Came{Text: sh.cameBy(p, sh.date(p.At), c.Names.Name(p.Actor))})
	}
	if len(out) == 0 {
		from := store.Provenance{Source: c.Source, Actor: c.CreatedBy}
		out = append(out, view.Came{Text: sh.cameBy(from, sh.date(c.CreatedAt), c.Names.Name(c.CreatedBy))})
	}
	return out
}

// date is a day in full, whenever it was.
func (sh shower) date(ms int64) string {
	day, _, _ := strings.Cut(sh.clock.When(sh.ctx, ms).Full, ",")
	return day
}

func (sh shower) cameBy(p store.Provenance, when, who string) string {
	if p.Actor != "" && who != "" {
		return ui.Say(sh.ctx, cameByWho[p.Source], when, who)
	}
	return ui.Say(sh.ctx, cameBy[p.Source], when)
}

var (
	cameBy = map[string]string{
		"manual": "Added by hand on %s", "call": "They called on %s", "sms": "They wrote a text on %s",
		"import": "Imported on %s", "form": "They filled in a form on %s", "webhook": "Another system sent them on %s", "merge": "Merged in on %s", "demo": "Made for the demonstration on %s",
	}
	cameByWho = map[string]string{
		"manual": "Added by hand on %s by %s", "call": "A call on %s, taken by %s", "sms": "A text on %s, written by %s",
		"import": "Imported on %s by %s", "form": "A form on %s, entered by %s", "webhook": "Another system sent them on %s, entered by %s", "merge": "Merged in on %s by %s", "demo": "Made for the demonstration on %s by %s",
	}
)

func tagsOf(c Card, in typed) view.Tags {
	out := view.Tags{Typed: in.tag, Problem: in.tagProblem}
	for _, t := range c.Tagged {
		out.List = append(out.List, view.Tag{Name: t.Name, Colour: t.Colour})
	}
	if c.Write {
		out.Action = contactPath(c.ID) + "/tags"
	}
	return out
}
