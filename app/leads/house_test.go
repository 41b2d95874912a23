package leads_test

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"stead/app/access"
	"stead/app/apptest"
	"stead/app/ids"
	"stead/app/leads"
	"stead/store"
)

// house is a running product with a pipeline.
type house struct {
	*apptest.House
	t    *testing.T
	boss store.User
}

func start(t *testing.T) house {
	t.Helper()
	h := house{House: apptest.Start(t, apptest.Options{}), t: t}
	h.prepare()
	return h
}

// prepare hires the boss and makes a pipeline.
func (h *house) prepare() {
	t := h.t
	t.Helper()
	h.boss = h.Hire(apptest.Colleague{Name: "Bea Boss", Role: access.RoleOwner})
	h.Change("pipeline.created", "p", func(tx *store.Tx) error {
		return tx.InsertPipeline(t.Context(), store.Pipeline{ID: "p", Name: "Sales", Currency: "EUR", CreatedAt: 1, Stages: []store.Stage{
			{ID: "new", Name: "New", Kind: store.DealOpen, Probability: 10},
			{ID: "offer", Name: "Offer", Kind: store.DealOpen, Probability: 60, Required: []string{"amount"}},
			{ID: "won", Name: "Won", Kind: store.DealWon, Probability: 100},
			{ID: "lost", Name: "Lost", Kind: store.DealLost},
		}})
	})
}

func (h house) service() *leads.Service { return h.App.Leads }

// source is one that is on, after edit had its way with it.
func (h house) source(kind string, edit func(*leads.Draft)) store.LeadSource {
	h.t.Helper()
	ctx, actor := h.t.Context(), access.Owner(h.boss.ID)
	id, _, err := h.service().Create(ctx, actor, kind, leads.Draft{Name: "Zq " + kind + " " + ids.New()[28:], StageID: "new"}, "")
	if err != nil {
		h.t.Fatal(err)
	}
	s, err := h.Store().LeadSource(ctx, id)
	if err != nil {
		h.t.Fatal(err)
	}
	d := leads.Draft{
		Name: s.Name, Enabled: true, StageID: "new", Assign: store.AssignOne, Members: []string{h.boss.ID}, Tags: "web", TaskTitle: "Answer", TaskHours: "4",
		PolicyURL: "https://shop.example/privacy", Fields: leads.DraftOf(s).Fields,
	}
	if edit != nil {
		edit(&d)
	}
	if _, err := h.service().Change(ctx, actor, id, s.Version, d); err != nil {
		h.t.Fatal(err)
	}
	if s, err = h.Store().LeadSource(ctx, id); err != nil {
		h.t.Fatal(err)
	}
	return s
}

// hook is a webhook with a secret.
func (h house) hook(edit func(*leads.Draft)) (store.LeadSource, string) {
	h.t.Helper()
	s := h.source(store.LeadWebhook, edit)
	secret, err := h.service().Secret(h.t.Context(), access.Owner(h.boss.ID), s.ID)
	if err != nil {
		h.t.Fatal(err)
	}
	return s, secret
}

// name is that of the input for what goes to a target.
func name(s store.LeadSource, target string) string {
	for _, f := range s.Fields {
		if f.Target == target {
			return "f-" + f.ID
		}
	}
	return "none"
}

func (h house) leads() []store.LeadRow {
	h.t.Helper()
	rows, err := h.Store().Leads(h.t.Context(), "", store.Page{Limit: 200})
	if err != nil {
		h.t.Fatal(err)
	}
	return rows
}

// only is the one lead there is.
func (h house) only() store.LeadRow {
	h.t.Helper()
	rows := h.leads()
	if len(rows) != 1 {
		h.t.Fatalf("%d leads: %+v", len(rows), rows)
	}
	return rows[0]
}

var hidden = regexp.MustCompile(`name="(key|stamp)" value="([^"]+)"`)

// fill opens a form, waits as long as a person takes, and sends it.
func (h house) fill(c *apptest.Client, s store.LeadSource, typed url.Values) apptest.Page {
	h.t.Helper()
	page := c.Get("/f/" + s.Token)
	if page.Status != http.StatusOK {
		h.t.Fatal(page.Status, page.Body)
	}
	form := url.Values{}
	for _, m := range hidden.FindAllStringSubmatch(page.Body, -1) {
		form.Set(m[1], m[2])
	}
	for key, values := range typed {
		form[key] = values
	}
	h.Clock.Advance(5 * time.Second)
	return c.PostForm("/f/"+s.Token, form)
}

// send posts a message as another system does.
func (h house) send(s store.LeadSource, secret, body string, more ...string) (int, answer) {
	h.t.Helper()
	req, err := http.NewRequestWithContext(context.Background(), http.MethodPost, h.URL+"/in/"+s.Token, bytes.NewBufferString(body))
	if err != nil {
		h.t.Fatal(err)
	}
	signed := body
	for i := 0; i+1 < len(more); i += 2 {
		req.Header.Set(more[i], more[i+1])
		if more[i] == leads.TimestampHeader {
			signed = more[i+1] + "." + body
		}
	}
	if secret != "" {
		mac := hmac.New(sha256.New, []byte(secret))
		mac.Write([]byte(signed))
		req.Header.Set(leads.SignatureHeader, "sha256="+hex.EncodeToString(mac.Sum(nil)))
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		h.t.Error(err)
		return 0, answer{}
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		h.t.Error(err)
	}
	var a answer
	if err := json.Unmarshal(text, &a); err != nil {
		h.t.Errorf("%d %q: %v", resp.StatusCode, text, err)
	}
	return resp.StatusCode, a
}

type answer struct {
	Lead, State, Error string
	Again              bool
	Problems           map[string]string
}

func unix(at time.Time) string { return strconv.FormatInt(at.Unix(), 10) }

func said(p apptest.Page, words ...string) bool {
	for _, w := range words {
		if !strings.Contains(p.Body, w) {
			return false
		}
	}
	return true
}

func colleague() apptest.Colleague {
	return apptest.Colleague{Name: "Cal League", Role: access.RoleManager}
}

// flood sends several messages at once, each of somebody else.
func (h house) flood(s store.LeadSource, secret string, run, n int) {
	h.t.Helper()
	var all sync.WaitGroup
	for i := range n {
		all.Go(func() {
			body := `{"name":"Zq ` + strconv.Itoa(run) + " " + strconv.Itoa(i) + `"}`
			if status, a := h.send(s, secret, body); status != http.StatusOK || a.State != store.LeadDone {
				h.t.Error(status, a)
			}
		})
	}
	all.Wait()
}
