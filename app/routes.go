package app

import (
	"encoding/json"
	"net/http"

	"stead/app/web"
	"stead/assets"
	"stead/views/ui"
)

// routes registers what belongs to no capability.
func (a *App) routes(rt *web.Router) {
	rt.Handle("GET /healthz", web.Policy{Public: "asked by machines; says nothing but that it runs"}, a.health)
	rt.Handle("GET /readyz", web.Policy{Public: "asked by machines; says one word"}, a.ready)
	rt.Handle("GET /{$}", web.Policy{Self: "it leads to the first place that is open to whoever asks"}, a.front)
	rt.Handle("GET /live", web.Policy{Self: "each gets the news of what they may see"}, a.live.Serve)
	rt.Handle("GET /counts", web.Policy{Self: "each gets the numbers of what they may see"}, a.counts)
	rt.Handle("GET /about/licences", web.Policy{Public: "whoever gets our fonts and icons may read their licences"}, licences)
	rt.Handle("GET "+securityPath, web.Policy{Public: "tells whoever finds a hole whom to tell"}, a.securityTxt)
	rt.Handle("GET /robots.txt", web.Policy{Public: "asks search engines to stay away"}, robots)
}

func (a *App) health(w http.ResponseWriter, _ *http.Request) error {
	return state(w, http.StatusOK, "ok")
}

// ready tells whether everything that a request may need is at hand.
func (a *App) ready(w http.ResponseWriter, r *http.Request) error {
	done, err := a.Team.IsSetUp(r.Context())
	closed, also := a.Team.Closed(r.Context())
	select {
	case <-a.Store.Poisoned():
		return state(w, http.StatusServiceUnavailable, "database")
	default:
	}
	switch {
	case err != nil || also != nil:
		return state(w, http.StatusServiceUnavailable, "database")
	case a.ledger.Err() != nil:
		return state(w, http.StatusServiceUnavailable, "ledger")
	case done && !closed && a.vault.Locked(): // of a business that was closed the keys are gone for good
		return state(w, http.StatusServiceUnavailable, "locked")
	}
	return state(w, http.StatusOK, "ok")
}

func state(w http.ResponseWriter, status int, word string) error {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(map[string]string{"status": word}) // the client may have gone
	return nil
}

// front is Today for whoever has an inbox; others are led to the first place
// that is open to them.
func (a *App) front(w http.ResponseWriter, r *http.Request) error {
	if a.pages.Opens(r, "/today") {
		return a.Today.ShowDay(w, r)
	}
	web.SeeOther(w, r, ui.Front(r.Context()))
	return nil
}

// counts are the numbers beside the places of the navigation, as they are now.
func (a *App) counts(w http.ResponseWriter, r *http.Request) error {
	if !web.Partial(r) {
		web.SeeOther(w, r, "/")
		return nil
	}
	s := a.shell(r.Context(), r)
	return web.Render(w, r, http.StatusOK, web.View{Title: "Today", Body: ui.LiveCounts(s)})
}

func licences(w http.ResponseWriter, _ *http.Request) error {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	_, _ = w.Write(assets.Licences()) // the client may have gone
	return nil
}

func robots(w http.ResponseWriter, _ *http.Request) error {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	_, _ = w.Write([]byte("User-agent: *\nDisallow: /\n"))
	return nil
}
