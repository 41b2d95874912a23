package settings_test

import (
	"net/url"
	"reflect"
	"slices"
	"strings"
	"testing"

	"stead/app/access"
	"stead/app/errs"
	"stead/app/settings"
	"stead/store"
)

func businessForm() url.Values {
	return url.Values{
		"name": {"Água & Sal"}, "country": {"PT"}, "currency": {"EUR"}, "timezone": {"Europe/Lisbon"},
		"mon": {"14:00–18:00, 9:00-12:30"}, "sat": {" 10:00 - 13:00 "},
	}
}

func TestBusinessIsSaved(t *testing.T) {
	k := newKit(t)
	k.get("/settings/business").want(t, 200, "Brightwater Medical", "09:00–17:00", "America/Los_Angeles")
	if got := k.post("/settings/business", businessForm()); got.status != 303 || got.location != "/settings/business" {
		t.Fatalf("answers %d to %q", got.status, got.location)
	}
	b, err := k.store.Business(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	want := store.Hours{{{"09:00", "12:30"}, {"14:00", "18:00"}}, nil, nil, nil, nil, {{"10:00", "13:00"}}, nil}
	if b.Name != "Água & Sal" || b.Country != "PT" || b.Currency != "EUR" || b.Timezone != "Europe/Lisbon" || b.CreatedAt != 1 || b.UpdatedAt != noon.UnixMilli() || !reflect.DeepEqual(b.Hours, want) {
		t.Errorf("saved %+v", b)
	}
	k.get("/settings/business").want(t, 200, "09:00–12:30, 14:00–18:00", "Água &amp; Sal")
	part := k.partial("/settings/business", businessForm())
	part.want(t, 200, "<form", "The business was saved.")
	part.without(t, "<html", "<h1")
	if !slices.Equal(k.recorded("business"), []string{settings.EventBusiness, settings.EventBusiness}) || k.auditLength() != 2 {
		t.Errorf("recorded %v", k.recorded("business"))
	}
}

func TestBusinessRefusesAndKeepsWhatWasTyped(t *testing.T) {
	k := newKit(t)
	for field, value := range map[string]string{
		"name": " ", "country": "XX", "currency": "", "timezone": "Mars/Base", "mon": "nine to five", "tue": "17:00–09:00", "wed": "9:00–12:00, 11:00–14:00", "thu": "25:00–26:00", "fri": "09:00",
	} {
		t.Run(field, func(t *testing.T) {
			form := businessForm()
			form.Set(field, value)
			for _, got := range []answer{k.post("/settings/business", form), k.partial("/settings/business", form)} {
				got.want(t, 422, `href="#`+field+`"`, `aria-describedby`, "14:00–18:00")
				if field != "name" {
					got.want(t, 422, "Água &amp; Sal")
				}
			}
			if b, err := k.store.Business(t.Context()); err != nil || b.Name != "Brightwater Medical" || k.auditLength() != 0 {
				t.Errorf("changed to %+v, %v", b, err)
			}
		})
	}
}

func textBackForm() url.Values {
	return url.Values{
		"enabled": {"on"}, "body_open": {"{business} here. Reply STOP to end."}, "body_closed": {"Brightwater Medical is closed. Reply STOP to end."},
		"cooldown_hours": {"6"}, "thread_minutes": {"30"}, "daily_cap": {"50"}, "ring_seconds": {"18"},
	}
}

func TestTextBackIsSaved(t *testing.T) {
	k := newKit(t)
	k.get("/settings/text-back").want(t, 200, "Hi, this is Brightwater Medical.", "Reply STOP", `value="4"`)
	if got := k.post("/settings/text-back", textBackForm()); got.status != 303 {
		t.Fatalf("answers %d", got.status)
	}
	in, err := k.store.TextBack(t.Context())
	want := store.TextBack{Enabled: true, BodyOpen: "{business} here. Reply STOP to end.", BodyClosed: "Brightwater Medical is closed. Reply STOP to end.", CooldownHours: 6, DailyCap: 50, RingSeconds: 18, ThreadMinutes: 30}
	if err != nil || in != want {
		t.Errorf("saved %+v, %v", in, err)
	}
	form := textBackForm()
	form.Del("enabled")
	k.partial("/settings/text-back", form).want(t, 200, "The text-back was saved.")
	if in, _ := k.store.TextBack(t.Context()); in.Enabled {
		t.Error("still switched on")
	}
	k.get("/settings").want(t, 200, "Off")
}

func TestTextBackRefusesAndKeepsWhatWasTyped(t *testing.T) {
	k := newKit(t)
	for name, tt := range map[string]struct{ field, value, words string }{
		"a text that names nobody":   {"body_open", "We missed you. Reply STOP to end.", "Say who writes"},
		"a text without a way out":   {"body_closed", "{business} is closed, please stop by.", "how to end"},
		"an empty text":              {"body_open", "", "Write what the caller gets"},
		"a very long text":           {"body_open", "{business} STOP " + strings.Repeat("long ", 250), "too long"},
		"a long text in short parts": {"body_open", "{business} STOP " + strings.Repeat("долго ", 80), "too long"},
		"no cool-down":               {"cooldown_hours", "0", "1 to 720"},
		"letters for a number":       {"daily_cap", "many", "1 to 10,000"},
		"ringing for ever":           {"ring_seconds", "600", "5 to 60"},
		"a negative time":            {"ring_seconds", "-1", "5 to 60"},
	} {
		t.Run(name, func(t *testing.T) {
			form := textBackForm()
			form.Set(tt.field, tt.value)
			k.post("/settings/text-back", form).want(t, 422, tt.words, `href="#`+tt.field+`"`, strings.TrimSpace(tt.value), `value="30"`)
			if set, err := k.store.Setting(t.Context(), "textback", new(store.TextBack)); set || err != nil || k.auditLength() != 0 {
				t.Errorf("something was saved: %v", err)
			}
		})
	}
}

func TestPreviewShowsTheTextAndItsPartsUnsaved(t *testing.T) {
	k := newKit(t)
	form := textBackForm()
	form.Set("body_open", "{business}: wir haben Sie verpasst 👋 "+strings.Repeat("x", 40))
	got := k.partial("/settings/text-back/preview", form)
	got.want(t, 200, "Brightwater Medical: wir haben Sie verpasst 👋", "2 parts", "1 part", "make parts short")
	got.without(t, "<form", "<html")
	if set, _ := k.store.Setting(t.Context(), "textback", new(store.TextBack)); set {
		t.Error("a preview was saved")
	}
}

func TestTheDefaultWordingPassesItsOwnRules(t *testing.T) {
	k := newKit(t)
	if err := k.SaveTextBack(t.Context(), k.actor, store.DefaultTextBack()); err != nil {
		t.Error(err, errs.Fields(err))
	}
}

func TestSendingStopsAndGoesOn(t *testing.T) {
	k := newKit(t)
	k.get("/settings/sending").want(t, 200, "Stop all sending", `value="21:00"`, `value="08:00"`)
	if got := k.post("/settings/sending", url.Values{"paused": {"yes"}}); got.status != 303 {
		t.Errorf("answers %d", got.status)
	}
	if now, err := k.store.Sending(t.Context()); err != nil || !now.Paused {
		t.Errorf("sending %+v, %v", now, err)
	}
	k.get("/settings/sending").want(t, 200, "Nothing is sent", "Send again")
	k.get("/settings").want(t, 200, "Stopped")
	k.partial("/settings/sending", url.Values{"paused": {"no"}}).want(t, 200, `id="sending"`, "Texts go out again.", "Stop all sending")
	if now, _ := k.store.Sending(t.Context()); now.Paused {
		t.Error("still stopped")
	}
	if !slices.Equal(k.recorded("sending"), []string{settings.EventSending, settings.EventSending}) {
		t.Errorf("recorded %v", k.recorded("sending"))
	}
	k.post("/settings/sending", url.Values{})
	if now, _ := k.store.Sending(t.Context()); !now.Paused {
		t.Error("an unclear press of the switch must stop, not start")
	}
}

func TestQuietHours(t *testing.T) {
	k := newKit(t)
	k.post("/settings/quiet", url.Values{"from": {"22:30"}, "to": {"7:00"}}).want(t, 303)
	if q, err := k.store.Quiet(t.Context()); err != nil || q != (store.Quiet{From: "22:30", To: "07:00"}) {
		t.Errorf("saved %+v, %v", q, err)
	}
	for _, form := range []url.Values{{"from": {"late"}, "to": {"08:00"}}, {"from": {"22:00"}, "to": {""}}, {"from": {"22:00"}, "to": {"22:00"}}} {
		k.post("/settings/quiet", form).want(t, 422, "There is a problem", `value="`+form.Get("from")+`"`)
	}
	if q, _ := k.store.Quiet(t.Context()); q.From != "22:30" {
		t.Errorf("changed to %+v", q)
	}
}

func TestWhoMayNotSeesAndChangesNothing(t *testing.T) {
	k := newKit(t)
	k.actor = access.Actor{ID: "u2", Kind: access.User, May: map[access.Permission]access.Reach{access.ContactsRead: access.All}}
	for _, path := range []string{"/settings", "/settings/business", "/settings/channels", "/settings/text-back", "/settings/sending"} {
		k.get(path).want(t, 403)
	}
	for _, path := range []string{"/settings/business", "/settings/channels/twilio", "/settings/channels/twilio/tests", "/settings/channels/twilio/disconnection", "/settings/text-back", "/settings/sending", "/settings/quiet"} {
		k.post(path, url.Values{}).want(t, 403)
	}
	if err := k.SetPaused(t.Context(), k.actor, true); errs.KindOf(err) != errs.Denied {
		t.Errorf("the service itself lets it pass: %v", err)
	}
	if k.auditLength() != 0 {
		t.Error("something was recorded")
	}
}

func TestHomeListsEveryPage(t *testing.T) {
	k := newKit(t)
	page := k.get("/settings")
	page.want(t, 200, `href="/settings/business"`, `href="/settings/channels"`, `href="/settings/text-back"`, `href="/settings/sending"`, "Not connected")
}
