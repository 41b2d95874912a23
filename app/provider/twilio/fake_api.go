package twilio

import (
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

const fakeRoot = "/2010-04-01/Accounts/"

func (f *Fake) routes() {
	f.mux = http.NewServeMux()
	f.mux.HandleFunc("GET "+fakeRoot+"{account}", f.showAccount)
	f.mux.HandleFunc("GET "+fakeRoot+"{account}/IncomingPhoneNumbers.json", f.listNumbers)
	f.mux.HandleFunc("POST "+fakeRoot+"{account}/Messages.json", f.createMessage)
	f.mux.HandleFunc("GET "+fakeRoot+"{account}/Messages.json", f.listMessages)
	f.mux.HandleFunc("GET "+fakeRoot+"{account}/Messages/{sid}", f.showMessage)
	f.mux.HandleFunc("DELETE "+fakeRoot+"{account}/Messages/{sid}", f.deleteMessage)
	f.mux.HandleFunc("GET "+fakeRoot+"{account}/Messages/{sid}/Media.json", f.listMedia)
	f.mux.HandleFunc("GET "+fakeRoot+"{account}/Calls.json", f.listCalls)
	f.mux.HandleFunc("DELETE "+fakeRoot+"{account}/Calls/{sid}", f.deleteCall)
	f.mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) { refuse(w, 20404, 0) })
}

// refuse answers in Twilio's words.
func refuse(w http.ResponseWriter, code, retryAfter int) {
	status := map[int]int{20003: 401, 20404: 404, 20009: 409, 20429: 429, 20500: 500, 20503: 503}[code]
	if status == 0 {
		status = http.StatusBadRequest
	}
	if retryAfter > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(retryAfter))
	}
	reply(w, status, map[string]any{
		"code": code, "message": "Simulated", "more_info": "https://www.twilio.com/docs/errors/" + strconv.Itoa(code), "status": status,
	})
}

func reply(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body) // whoever has hung up needs no answer
}

func (f *Fake) showAccount(w http.ResponseWriter, r *http.Request) {
	f.mu.Lock()
	account, state := f.cfg.Account, f.state
	f.mu.Unlock()
	if sidOf(r.PathValue("account")) != account {
		refuse(w, 20404, 0)
		return
	}
	reply(w, http.StatusOK, map[string]any{"sid": account, "friendly_name": "Simulated account", "status": state, "type": "Full"})
}

func (f *Fake) createMessage(w http.ResponseWriter, r *http.Request) {
	b := f.behaviour(r.PostFormValue("To"))
	code := f.objection(r)
	switch {
	case b.Hang:
		f.hang(r)
		return
	case b.Refuse != 0:
		refuse(w, b.Refuse, b.RetryAfter)
		return
	case code != 0:
		refuse(w, code, 0)
		return
	}
	m := f.take(r)
	if b.Gateway {
		w.Header().Set("Content-Type", "text/html")
		w.WriteHeader(http.StatusBadGateway)
	} else if !b.Lose {
		reply(w, http.StatusCreated, f.messageRow(m))
	}
	f.run(func() { f.deliver(m, b) })
	if b.Lose {
		f.hang(r)
	}
}

// behaviour returns what shall happen to the next text to a number, and counts it.
func (f *Fake) behaviour(to string) Behaviour {
	f.mu.Lock()
	defer f.mu.Unlock()
	key := to
	b, ok := f.behaviours[key]
	if !ok {
		key = ""
		b, ok = f.behaviours[key]
	}
	if ok && b.Times > 0 {
		left := b
		if left.Times--; left.Times == 0 {
			left.Refuse, left.RetryAfter, left.Gateway, left.Hang, left.Lose = 0, 0, false, false, false
		}
		f.behaviours[key] = left
	}
	return b
}

// objection is Twilio's code for a request that lacks something, or 0.
func (f *Fake) objection(r *http.Request) int {
	f.mu.Lock()
	defer f.mu.Unlock()
	to, from, body := r.PostFormValue("To"), r.PostFormValue("From"), r.PostFormValue("Body")
	switch {
	case to == "":
		return 21604
	case !strings.HasPrefix(to, "+"):
		return 21211
	case body == "":
		return 21602
	case utf8.RuneCountInString(body) > 1600:
		return 21617
	case from == "" && r.PostFormValue("MessagingServiceSid") == "":
		return 21603
	case from != "" && !slices.Contains(f.cfg.Numbers, from):
		return 21606
	}
	return 0
}

func (f *Fake) hang(r *http.Request) {
	select {
	case <-r.Context().Done():
	case <-f.stop.Done():
	}
	panic(http.ErrAbortHandler) // closes the connection without an answer
}

func (f *Fake) take(r *http.Request) *FakeMessage {
	f.mu.Lock()
	defer f.mu.Unlock()
	m := &FakeMessage{
		Sid: f.sid("SM"), From: r.PostFormValue("From"), To: r.PostFormValue("To"), Body: r.PostFormValue("Body"),
		Service: r.PostFormValue("MessagingServiceSid"), Callback: r.PostFormValue("StatusCallback"),
		Direction: "outbound-api", Status: "queued", Created: f.cfg.Now(),
	}
	if m.Service != "" {
		m.Status = "accepted"
		if m.From == "" && len(f.cfg.Numbers) > 0 {
			m.From = f.cfg.Numbers[0]
		}
	}
	f.messages = append(f.messages, m)
	return m
}

func (f *Fake) messageRow(m *FakeMessage) map[string]any {
	f.mu.Lock()
	defer f.mu.Unlock()
	row := map[string]any{
		"sid": m.Sid, "account_sid": f.cfg.Account, "from": m.From, "to": m.To, "body": m.Body, "direction": m.Direction,
		"status": m.Status, "num_segments": "1", "num_media": strconv.Itoa(len(m.Media)), "error_code": nil, "error_message": nil,
		"date_created": m.Created.UTC().Format(time.RFC1123Z), "date_sent": m.Created.UTC().Format(time.RFC1123Z),
		"messaging_service_sid": nil, "price": nil, "api_version": "2010-04-01",
	}
	if m.Service != "" {
		row["messaging_service_sid"] = m.Service
	}
	if m.ErrorCode != 0 {
		row["error_code"] = m.ErrorCode
	}
	return row
}

func (f *Fake) message(r *http.Request) *FakeMessage {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, m := range f.messages {
		if m.Sid == sidOf(r.PathValue("sid")) {
			return m
		}
	}
	return nil
}

func (f *Fake) showMessage(w http.ResponseWriter, r *http.Request) {
	if m := f.message(r); m != nil {
		reply(w, http.StatusOK, f.messageRow(m))
		return
	}
	refuse(w, 20404, 0)
}

// deleteMessage refuses what is still on its way, as Twilio does.
func (f *Fake) deleteMessage(w http.ResponseWriter, r *http.Request) {
	m := f.message(r)
	if m == nil {
		refuse(w, 20404, 0)
		return
	}
	f.mu.Lock()
	kept := final[m.Status] || m.Status == "received"
	if kept {
		f.messages = slices.DeleteFunc(f.messages, func(other *FakeMessage) bool { return other == m })
	}
	f.mu.Unlock()
	if !kept {
		refuse(w, 20009, 0)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

func (f *Fake) deleteCall(w http.ResponseWriter, r *http.Request) {
	f.mu.Lock()
	was := len(f.calls)
	f.calls = slices.DeleteFunc(f.calls, func(c *FakeCall) bool { return c.Sid == sidOf(r.PathValue("sid")) })
	found := len(f.calls) < was
	f.mu.Unlock()
	if !found {
		refuse(w, 20404, 0)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

func sidOf(file string) string { return strings.TrimSuffix(file, ".json") }
