package search

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"stead/app/phone"
	"stead/app/web"
	view "stead/views/search"
	"stead/views/ui"
)

const maxQuery = 200

// Routes registers the page. Whoever is signed in may search; what they find is
// what they may see.
func (s *Service) Routes(rt *web.Router) {
	all := web.Policy{Self: "each finds what they may see, and nothing is a find too"}
	rt.Handle("GET /search", all, s.show)
	rt.Handle("POST /search", all, s.find) // what is typed never stands in an address
}

func (s *Service) show(w http.ResponseWriter, r *http.Request) error {
	recent, err := s.Recent(r.Context(), web.Actor(r), PerKind)
	if err != nil {
		return err
	}
	page := view.Search{Recent: shown(r.Context(), recent)}
	return web.Render(w, r, http.StatusOK, web.View{Title: "Search", Body: view.Page(page)})
}

// find answers with the page, with its results alone, or with the lines of the
// palette.
func (s *Service) find(w http.ResponseWriter, r *http.Request) error {
	query, kind := strings.TrimSpace(r.PostFormValue("q")), r.PostFormValue("kind")
	if runes := []rune(query); len(runes) > maxQuery {
		query = string(runes[:maxQuery])
	}
	if !slices.Contains(kinds, kind) {
		kind = ""
	}
	if web.Partial(r) && r.PostFormValue("in") == "palette" {
		return s.palette(w, r, query)
	}
	limit := PerKind
	if kind != "" {
		limit = Alone
	}
	groups, err := s.Find(r.Context(), web.Actor(r), query, kind, limit)
	if err != nil {
		return err
	}
	page := view.Search{Query: query, Asked: query != "", Kind: kind}
	for _, g := range groups {
		page.Groups = append(page.Groups, view.Group{Kind: g.Kind, Title: titles[g.Kind], Hits: shown(r.Context(), g.Hits), More: g.More && kind == "", Near: g.Near, Cut: g.Cut || g.More && kind != ""})
	}
	if web.Partial(r) {
		return web.Render(w, r, http.StatusOK, web.View{Body: view.Results(page)})
	}
	return web.Render(w, r, http.StatusOK, web.View{Title: "Search", Body: view.Page(page)})
}

func (s *Service) palette(w http.ResponseWriter, r *http.Request, query string) error {
	var hits []Hit
	var more bool
	var err error
	if query == "" {
		hits, err = s.Recent(r.Context(), web.Actor(r), PerKind)
	} else {
		var groups []Group
		groups, err = s.Find(r.Context(), web.Actor(r), query, "", PerPalette)
		for _, g := range groups {
			hits, more = append(hits, g.Hits...), more || g.More || g.Cut
		}
	}
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, web.View{Body: view.Palette(shown(r.Context(), hits), more)})
}

var titles = map[string]string{Person: "People", Company: "Companies", Deal: "Deals", Message: "Messages", Note: "Notes", Task: "Tasks"}

var icons = map[string]string{Person: "user", Company: "building-2", Deal: "square-kanban", Message: "message-square", Note: "sticky-note", Task: "list-checks"}

func shown(ctx context.Context, hits []Hit) []view.Hit {
	out := make([]view.Hit, 0, len(hits))
	for _, h := range hits {
		out = append(out, view.Hit{Icon: icons[h.Kind], Name: nameOf(ctx, h), Text: around(h), Href: hrefOf(h)})
	}
	return out
}

func nameOf(ctx context.Context, h Hit) string {
	switch {
	case h.Name != "":
		return h.Name
	case strings.HasPrefix(h.Phone, "raw:"):
		return strings.TrimPrefix(h.Phone, "raw:")
	case h.Phone != "":
		return phone.Display(h.Phone, "")
	case h.Kind == Task:
		return ui.Words(ctx)("Task")
	case h.Number != 0:
		return ui.Say(ctx, "Deal %s", strconv.FormatInt(h.Number, 10))
	}
	return ui.Words(ctx)("No name")
}

const maxText = 140

// around is as much of a text as a line shows.
func around(h Hit) string {
	text := []rune(strings.Join(strings.Fields(h.Text), " "))
	if len(text) > maxText {
		return string(text[:maxText]) + "…"
	}
	return string(text)
}

func hrefOf(h Hit) string {
	switch {
	case h.Kind == Person:
		return "/contacts/" + url.PathEscape(h.ID)
	case h.Kind == Company:
		return "/companies/" + url.PathEscape(h.ID)
	case h.Kind == Deal:
		return "/deals/" + url.PathEscape(h.ID)
	case h.Kind == Message:
		return "/inbox/" + url.PathEscape(h.ConversationID)
	case h.Kind == Task:
		return "/tasks/" + url.PathEscape(h.ID)
	case h.DealID != "":
		return "/deals/" + url.PathEscape(h.DealID) + "#notes"
	case h.CompanyID != "":
		return "/companies/" + url.PathEscape(h.CompanyID)
	}
	return "/contacts/" + url.PathEscape(h.ID) + "#activity"
}
