package inbox

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"testing"
	"time"

	"stead/app/gate"
	"stead/app/port"
	"stead/app/provider/twilio"
	"stead/store"
)

func TestATextFromSomebodyNewStartsAContactAndAConversation(t *testing.T) {
	k := newKit(t)
	v := k.receive(port.TextEvent{Body: "Hi, do you buy test strips? 👋 שלום", Segments: 2})
	if v.Unread != 1 || v.State != "open" || v.WaitingSince != k.clock.now().UnixMilli() {
		t.Errorf("conversation %+v", v)
	}
	c, p, err := k.Store.ContactByPhone(t.Context(), person)
	if err != nil || c.ID != v.ContactID || c.Source != "sms" || c.Name != "" || p.E164 != person {
		t.Errorf("contact %+v, phone %+v, %v", c, p, err)
	}
	k.clock.move(time.Minute)
	again := k.receive(port.TextEvent{Body: "Hello?"})
	if again.ID != v.ID || again.Unread != 2 || again.WaitingSince != v.WaitingSince {
		t.Errorf("after the second text %+v", again)
	}
	events, err := k.Store.EventsOf(t.Context(), k.texts(v, "in")[0].ID)
	if err != nil || len(events) != 1 || events[0].Kind != EventReceived || events[0].ContactID != c.ID || strings.Contains(events[0].Data, "strips") {
		t.Errorf("events %+v, %v", events, err)
	}
}

func TestTheSameTextTwiceIsOneMessage(t *testing.T) {
	k := newKit(t)
	v := k.receive(port.TextEvent{Ref: "SM1", Body: "Hi"})
	k.receive(port.TextEvent{Ref: "SM1", Body: "Hi"})
	if n := len(k.texts(v, "in")); n != 1 || k.conv(v.ID).Unread != 1 {
		t.Errorf("%d messages, %d unread", n, k.conv(v.ID).Unread)
	}
}

func TestWhatSomebodyWritesIsKeptAsItIs(t *testing.T) {
	k := newKit(t)
	long := strings.Repeat("عربى ", 2000)
	for name, tc := range map[string]struct{ from, body, want string }{
		"short code":          {"24365", "Your code", "Your code"},
		"a sender's name":     {"AcmeBank", "Hello", "Hello"},
		"ten thousand":        {person, long, long},
		"right to left":       {person, "مرحبا \u200f(x)", "مرحبا \u200f(x)"},
		"a broken character":  {person, "a\xffb", "a\uFFFDb"},
		"a payment card":      {person, "4111-1111-1111-1111", "•••• 1111"},
		"nothing but a photo": {person, "", ""},
	} {
		v := k.receive(port.TextEvent{From: tc.from, Body: tc.body, Media: []port.Media{{ContentType: "image/jpeg", URL: "https://api.twilio.com/x"}}})
		texts := k.texts(v, "in")
		if m := texts[len(texts)-1]; m.Body != tc.want || m.Media != 1 || m.Peer != tc.from {
			t.Errorf("%s: %+v", name, m)
		}
		k.clock.move(time.Second)
	}
}

func TestStopIsHeededForThePersonAndNeverAnswered(t *testing.T) {
	for name, e := range map[string]port.TextEvent{
		"a word that the provider read":  {Body: "Stop", OptOut: "stop"},
		"a word alone":                   {Body: "STOP"},
		"a phrase":                       {Body: "please don't text me again"},
		"in another language, decided":   {Body: "Schluss", OptOut: "stop"},
		"in another language, our list":  {Body: "Arrêt"},
		"with much politeness around it": {Body: "Hi, please stop. Thanks"},
	} {
		t.Run(name, func(t *testing.T) {
			k := newKit(t)
			k.tx(func(ctx context.Context, tx *store.Tx) error {
				return tx.InsertContact(ctx, store.Contact{ID: "c1", Name: "Mira", Source: "manual"}, []store.Phone{
					{ID: "p1", Typed: person, E164: person}, {ID: "p2", Typed: "+15035550188", E164: "+15035550188"},
				}, nil)
			})
			v := k.receive(e)
			if !k.suppressed(person) || !k.suppressed("+15035550188") {
				t.Error("a number of the person may still be texted")
			}
			if v.WaitingSince != 0 || v.Unread != 1 || len(k.texts(v, "out")) != 0 {
				t.Errorf("conversation %+v with %d answers", v, len(k.texts(v, "out")))
			}
			last, err := k.Store.LastConsent(t.Context(), "c1", channel)
			if err != nil || last.Act != "withdrawn" || last.Purpose != "all" || last.Evidence != k.texts(v, "in")[0].ID {
				t.Errorf("consent %+v, %v", last, err)
			}
			ledger, err := k.Store.LedgerEntries(t.Context(), 0)
			if err != nil || len(ledger) != 2 || ledger[0].Act != store.LedgerSuppress || ledger[0].Subject != k.hash(person) {
				t.Errorf("ledger %+v, %v", ledger, err)
			}
			if m := k.reply(v, "Are you sure?"); m.State != store.MessageRefused || m.Gate != string(gate.Suppressed) {
				t.Errorf("a reply is %s for %q", m.State, m.Gate)
			}
		})
	}
}

func TestStartTakesAnOptOutBack(t *testing.T) {
	for _, word := range []port.TextEvent{{Body: "START"}, {Body: "yes"}, {Body: "Comenzar"}, {Body: "Ja", OptOut: "start"}} {
		k := newKit(t)
		k.receive(port.TextEvent{Body: "STOP"})
		k.receive(port.TextEvent{Body: "STOP"})
		k.clock.move(time.Second)
		v := k.receive(word)
		if k.suppressed(person) {
			t.Errorf("%q: still suppressed", word.Body)
		}
		ledger, err := k.Store.LedgerEntries(t.Context(), 0)
		if err != nil || len(ledger) != 2 || ledger[1].Act != store.LedgerUnsuppress {
			t.Errorf("%q: ledger %+v, %v", word.Body, ledger, err)
		}
		if m := k.reply(v, "Welcome back"); m.State != store.MessageQueued {
			t.Errorf("%q: a reply is %s", word.Body, m.State)
		}
	}
}

func TestHelpIsAnsweredOnceADay(t *testing.T) {
	k := newKit(t)
	v := k.receive(port.TextEvent{Body: "HELP"})
	k.receive(port.TextEvent{Body: "help"})
	out := k.texts(v, "out")
	if len(out) != 1 || !strings.Contains(out[0].Body, "Brightwater") || !strings.Contains(out[0].Body, "STOP") || out[0].Author != "" {
		t.Fatalf("answers %+v", out)
	}
	k.clock.move(25 * time.Hour)
	k.receive(port.TextEvent{Body: "ayuda"})
	if n := len(k.texts(v, "out")); n != 2 {
		t.Errorf("%d answers a day later, want 2", n)
	}
	other := newKit(t)
	if v := other.receive(port.TextEvent{Body: "HELP", OptOut: "help"}); len(other.texts(v, "out")) != 0 {
		t.Error("the provider has answered already")
	}
}

func TestAWishThatNoRuleUnderstoodIsForAPersonToDecide(t *testing.T) {
	k := newKit(t)
	v := k.receive(port.TextEvent{Body: "I'll stop by tomorrow, and stop with these offers"})
	if k.suppressed(person) || v.WaitingSince == 0 {
		t.Fatalf("suppressed %t, conversation %+v", k.suppressed(person), v)
	}
	if err := k.OptOut(t.Context(), ana, v.ID, k.texts(v, "in")[0].ID); err != nil || !k.suppressed(person) {
		t.Errorf("after the decision: %v, suppressed %t", err, k.suppressed(person))
	}
}

func TestATextOfAWithheldSenderIsNobodys(t *testing.T) {
	k := newKit(t)
	for i, from := range []string{"", "anonymous", "Restricted", "+266696687", "sip:a@example.com"} {
		e := port.TextEvent{Ref: "SMhidden" + strconv.Itoa(i), From: from, To: line, Body: "Hi", At: k.clock.now()}
		k.tx(func(ctx context.Context, tx *store.Tx) error { return k.ReceiveText(ctx, tx, twilio.Name, e) })
		if _, err := k.Store.MessageByRef(t.Context(), twilio.Name, e.Ref); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("%q: %v", from, err)
		}
		if _, _, err := k.Store.ContactByPhone(t.Context(), store.MatchKey("", from)); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("%q is a contact: %v", from, err)
		}
	}
}
