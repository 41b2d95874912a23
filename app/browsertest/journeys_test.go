package browsertest

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"stead/app/apptest"
)

const caller = "+12125550142"

// connected is a house with a line, and the owner before the given screen.
func connected(t *testing.T, s screen) (*apptest.House, *page) {
	t.Helper()
	needChromium(t)
	h := apptest.Start(t, apptest.Options{})
	h.Connect()
	return h, signIn(t, h, s)
}

// threadOf waits for the caller's conversation and returns its address.
func threadOf(t *testing.T, h *apptest.House, number string) (thread, card string) {
	t.Helper()
	h.Eventually("the caller has a conversation", func() bool {
		c, _, err := h.Store().ContactByPhone(t.Context(), number)
		if err != nil {
			return false
		}
		v, err := h.Store().ConversationOf(t.Context(), c.ID)
		thread, card = "/inbox/"+v.ID, "/contacts/"+c.ID
		return err == nil
	})
	return thread, card
}

// TestMissedCallIsAnsweredFromThePhone is the product's main job as the owner
// lives it: nothing is reloaded by hand.
func TestMissedCallIsAnsweredFromThePhone(t *testing.T) {
	h, p := connected(t, phone)
	p.visit("/inbox")
	h.Miss(caller)
	p.see(".conv")
	p.waitFor("see the count", `!document.querySelector('#pip-inbox').hidden`)
	p.shot("journey-list")
	p.click(".conv")
	p.see(".thread .log .msg")
	h.Text(caller, "My boiler is out, can you come?")
	p.says(".log", "My boiler is out")
	p.fill("#reply", "We can be there at three.")
	p.click("#composer [type=submit]")
	p.says(".log", "We can be there at three.")
	h.Eventually("the reply reaches the provider", func() bool {
		texts := h.TextsTo(caller)
		return len(texts) == 2 && strings.Contains(texts[1], "at three")
	})
	p.says(".log .msg.out:last-of-type", "Delivered")
	p.waitFor("stand at the end", `(() => { const l = document.querySelector('.log'); return l.scrollHeight - l.scrollTop - l.clientHeight < 4 })()`)
	p.waitFor("empty the composer", `document.querySelector('#reply').value === ''`)
	p.looksRight("journey-thread")
}

func TestReplyWorksWithoutScripts(t *testing.T) {
	h, p := connected(t, desktop.withoutScripts())
	h.Miss(caller)
	h.Text(caller, "My boiler is out, can you come?")
	thread, _ := threadOf(t, h, caller)
	p.visit("/")
	p.shot("journey-today")
	p.visit(thread)
	p.see(".log")
	p.fill("#reply", "We can be there at three.")
	p.click("#composer [type=submit]")
	p.says(".log", "We can be there at three.")
	h.Eventually("the reply reaches the provider", func() bool { return len(h.TextsTo(caller)) == 2 })
	p.click(".thread .actions button")
	p.see(".app h1")
}

func TestContactIsCreatedAndEdited(t *testing.T) {
	for _, s := range []screen{desktop, phone.withoutScripts()} {
		t.Run(s.Name, func(t *testing.T) {
			needChromium(t)
			h := apptest.Start(t, apptest.Options{})
			p := signIn(t, h, s)
			p.visit("/contacts/new")
			p.fill("#name", "Amara Okafor")
			p.fill("[name=phone1]", "call me maybe")
			p.click("main form .primary")
			p.see(".error-summary")
			if got := ask[string](p, `document.querySelector('[name=phone1]').value`); got != "call me maybe" {
				t.Errorf("what was typed is gone: %q", got)
			}
			p.fill("[name=phone1]", "+44 20 7946 0188")
			p.click("main form .primary")
			p.says("main h1", "Amara Okafor")
			p.says("main", "+44 20 7946 0188")
			p.click("[href$='/edit']")
			p.fill("#company1", "Willow Lane Clinic")
			p.click("main form .primary")
			p.says("main", "Willow Lane Clinic")
			p.visit("/contacts")
			p.says("main", "Amara Okafor")
			p.fill("main [type=search]", "willow")
			if s.NoScripts {
				p.press(enter)
				p.see(`main [type=search][value="willow"]`) // the page that answers: she stood on the one before, too
			}
			p.says("main", "Amara Okafor")
			p.fill("main [type=search]", "nobody like that")
			if s.NoScripts {
				p.press(enter)
			}
			p.says("main", "Nobody found")
			if at := ask[string](p, `location.href`); strings.Contains(at, "nobody") {
				t.Errorf("what was typed stands in the address %s", at)
			}
		})
	}
}

// TestPersonIsErasedFromTheCard ends with a receipt and nobody on the card.
func TestPersonIsErasedFromTheCard(t *testing.T) {
	h, p := connected(t, desktop)
	h.Miss(caller)
	h.Text(caller, "Please forget me")
	_, card := threadOf(t, h, caller)
	h.Eventually("the caller is texted", func() bool { return len(h.TextsTo(caller)) == 1 })
	p.visit(card)
	p.looksRight("journey-card")
	p.click("a[href$='/erase']")
	p.see("form[action$='/erasures']")
	p.looksRight("journey-erase")
	eraseNow(p)
	p.see("#gaps-title")
	p.looksRight("journey-receipt")
	if a := h.SignedIn().Get(card); a.Status != http.StatusNotFound {
		t.Errorf("the card answers %d", a.Status)
	}
}

// TestMainJobByKeyboardAlone never touches the mouse, and can see where it is.
func TestMainJobByKeyboardAlone(t *testing.T) {
	h, p := connected(t, desktop)
	h.Miss(caller)
	h.Text(caller, "My boiler is out, can you come?")
	threadOf(t, h, caller)
	p.press(tab)
	p.waitFor("offer to skip the navigation", `document.activeElement.matches('.skip')`)
	p.press(enter)
	p.waitFor("be at the content", `document.activeElement.id === 'main'`)
	p.press("g")
	p.press("i")
	p.see(".conv")
	p.press("j")
	p.waitFor("focus the first conversation", `document.activeElement.matches('.conv')`)
	p.press(enter)
	p.see("#reply")
	p.press("r")
	p.waitFor("focus the reply", `document.activeElement.id === 'reply'`)
	p.press("gi? We come at three.") // letters are text while typing
	p.press(enter, control)
	p.says(".log", "gi? We come at three.")
	p.waitFor("show the focus", `(() => { const e = document.activeElement; return e !== document.body && (e.closest('.composer') || getComputedStyle(e).outlineStyle !== 'none') !== null })()`)
	p.press(tab)
	p.ask("document.activeElement.blur(), true")
	p.press("g")
	p.press("c")
	p.says("main h1", "Contacts")
	p.press("/")
	p.waitFor("focus the search", `document.activeElement.matches('main [type=search]')`)
}

// TestSignedOutElsewhere shows what happens to an open page whose session ends.
func TestSignedOutElsewhere(t *testing.T) {
	h, p := connected(t, desktop)
	h.Miss(caller)
	thread, _ := threadOf(t, h, caller)
	p.visit(thread)
	p.fill("#reply", "Half a sentence")
	h.Clock.Advance(8 * 24 * time.Hour)
	p.click("#composer [type=submit]")
	p.see("#password")
	if where := ask[string](p, "location.href"); !strings.Contains(where, "next=") {
		t.Errorf("the way back is lost: %s", where)
	}
}

// TestServerThatDoesNotAnswerLosesNothing keeps what was typed and says so.
func TestServerThatDoesNotAnswerLosesNothing(t *testing.T) {
	h, p := connected(t, desktop)
	h.Miss(caller)
	thread, _ := threadOf(t, h, caller)
	// What comes while the page is open is not read by itself.
	h.Eventually("the missed call was answered", func() bool { return len(h.TextsTo(caller)) == 1 })
	p.visit(thread)
	p.waitFor("the thread is read, so that nothing else is on its way", `!document.querySelector('#unread')`)
	p.fill("#reply", "Keep this sentence")
	p.expect("Failed to fetch")
	p.goOffline(true)
	p.click("#composer [type=submit]")
	p.says(".toast", "Not saved. You are offline.")
	if got := ask[string](p, `document.querySelector('#reply').value`); got != "Keep this sentence" {
		t.Errorf("what was typed is gone: %q", got)
	}
	p.goOffline(false)
	p.click("#composer [type=submit]")
	p.says(".log", "Keep this sentence")
}
