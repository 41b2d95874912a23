package twilio

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

func (f *Fake) listNumbers(w http.ResponseWriter, r *http.Request) {
	var rows []map[string]any
	f.mu.Lock()
	for _, number := range f.cfg.Numbers {
		if want := r.FormValue("PhoneNumber"); want == "" || want == number {
			rows = append(rows, map[string]any{"phone_number": number, "sid": "PN" + strings.Repeat("0", 32), "friendly_name": number})
		}
	}
	f.mu.Unlock()
	page(w, r, "incoming_phone_numbers", rows)
}

func (f *Fake) listMessages(w http.ResponseWriter, r *http.Request) {
	f.mu.Lock()
	all := slices.Clone(f.messages)
	f.mu.Unlock()
	var rows []map[string]any
	for _, m := range slices.Backward(all) {
		if wanted(r, "To", m.To) && wanted(r, "From", m.From) && between(r, "DateSent", m.Created) {
			rows = append(rows, f.messageRow(m))
		}
	}
	page(w, r, "messages", rows)
}

func (f *Fake) listMedia(w http.ResponseWriter, r *http.Request) {
	m := f.message(r)
	if m == nil {
		refuse(w, 20404, 0)
		return
	}
	var rows []map[string]any
	for _, media := range m.Media {
		rows = append(rows, map[string]any{
			"sid": media.Sid, "content_type": media.ContentType, "parent_sid": m.Sid,
			"uri": fakeRoot + f.cfg.Account + "/Messages/" + m.Sid + "/Media/" + media.Sid + ".json",
		})
	}
	page(w, r, "media_list", rows)
}

func (f *Fake) listCalls(w http.ResponseWriter, r *http.Request) {
	var rows []map[string]any
	f.mu.Lock()
	for _, c := range slices.Backward(f.calls) {
		if !wanted(r, "To", c.To) || !wanted(r, "From", c.From) || !between(r, "StartTime", c.Started) {
			continue
		}
		row := map[string]any{
			"sid": c.Sid, "account_sid": f.cfg.Account, "parent_call_sid": nil, "from": c.From, "to": c.To, "direction": c.Direction,
			"status": c.Status, "duration": strconv.Itoa(c.Seconds), "start_time": c.Started.UTC().Format(time.RFC1123Z), "end_time": nil,
		}
		if c.Parent != "" {
			row["parent_call_sid"] = c.Parent
		}
		if !c.Ended.IsZero() {
			row["end_time"] = c.Ended.UTC().Format(time.RFC1123Z)
		}
		rows = append(rows, row)
	}
	f.mu.Unlock()
	page(w, r, "calls", rows)
}

func wanted(r *http.Request, name, value string) bool {
	want := r.FormValue(name)
	return want == "" || want == value
}

// between applies Twilio's filters "Name>" and "Name<", both inclusive.
func between(r *http.Request, name string, at time.Time) bool {
	from, err := time.Parse(time.RFC3339, r.FormValue(name+">"))
	if err == nil && at.Before(from.Truncate(time.Second)) {
		return false
	}
	until, err := time.Parse(time.RFC3339, r.FormValue(name+"<"))
	return err != nil || !at.After(until)
}

// page answers one page of a list, with the link to the next as Twilio writes it.
func page(w http.ResponseWriter, r *http.Request, name string, rows []map[string]any) {
	size := 50
	if n, err := strconv.Atoi(r.FormValue("PageSize")); err == nil && n > 0 {
		size = min(n, 1000)
	}
	number, _ := strconv.Atoi(r.FormValue("Page"))
	start := min(number*size, len(rows))
	end := min(start+size, len(rows))
	out := map[string]any{name: append([]map[string]any{}, rows[start:end]...), "page": number, "page_size": size, "next_page_uri": nil}
	if end < len(rows) {
		query := url.Values{}
		for key, all := range r.URL.Query() {
			query[key] = all
		}
		query.Set("Page", strconv.Itoa(number+1))
		query.Set("PageToken", "PT"+strconv.Itoa(end))
		out["next_page_uri"] = r.URL.Path + "?" + query.Encode()
	}
	reply(w, http.StatusOK, out)
}
