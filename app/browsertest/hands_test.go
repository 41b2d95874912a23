package browsertest

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	devtools "github.com/chromedp/cdproto/browser"
	"github.com/chromedp/chromedp"

	"stead/app/apptest"
)

// hand is how somebody works a page: with the mouse, or with the keyboard alone.
type hand struct {
	*page
	keys bool
}

// hands are the ways in which every journey is walked.
func hands(t *testing.T, walk func(t *testing.T, h *apptest.House, p hand)) {
	t.Helper()
	for _, way := range []struct {
		name string
		scr  screen
		keys bool
	}{
		{"by keyboard", desktop, true},
		{"on a telephone", phone, false},
		{"on a telephone without scripts", phone.withoutScripts(), false},
	} {
		t.Run(way.name, func(t *testing.T) {
			needChromium(t)
			h := apptest.Start(t, apptest.Options{})
			walk(t, h, hand{signIn(t, h, way.scr), way.keys})
		})
	}
}

// use presses a button, follows a link, or ticks a box.
func (h hand) use(css string) {
	h.t.Helper()
	if !h.keys {
		h.click(css)
		return
	}
	h.reach(css)
	if ask[bool](h.page, `document.activeElement.matches('[type=checkbox], [type=radio]')`) {
		h.press(" ")
		return
	}
	h.press(enter)
}

// write types into a field.
func (h hand) write(css, text string) {
	h.t.Helper()
	if !h.keys {
		h.fill(css, text)
		return
	}
	h.reach(css)
	h.press(text)
}

// pick takes an entry of a list: the keyboard by the beginning of its words.
func (h hand) pick(css, value, words string) {
	h.t.Helper()
	if !h.keys {
		h.choose(css, value)
		return
	}
	h.reach(css)
	h.press(words)
	h.waitFor("have chosen "+words, `document.querySelector(`+quote(css)+`).value === `+quote(value))
}

// reach presses Tab until an element has the focus, once it is there.
func (h hand) reach(css string) {
	h.t.Helper()
	h.loaded()
	h.see(css)
	until(h.page, css)
	h.waitFor("show the focus", `getComputedStyle(document.activeElement).outlineStyle !== 'none'`)
}

// follow waits for what a page comes to by itself; without scripts it is asked again.
func (h hand) follow(css, want string) {
	h.t.Helper()
	if !h.scr.NoScripts {
		h.says(css, want)
		return
	}
	there := `[...document.querySelectorAll(` + quote(css) + `)].some((e) => e.textContent.includes(` + quote(want) + `))`
	for deadline := time.Now().Add(patience); !ask[bool](h.page, there) && time.Now().Before(deadline); {
		if ask[bool](h.page, `[...document.querySelectorAll('main a')].some((a) => a.textContent.includes('Look again'))`) {
			h.do("look again", chromedp.Reload())
		}
	}
	h.says(css, want)
}

// sound checks a page on the way.
func (h hand) sound(name string) {
	h.t.Helper()
	if h.scr.NoScripts { // the checker is a script
		h.shot(name)
		return
	}
	h.looksRight(name)
}

// undo takes back what the toast is about.
func (h hand) undo() {
	h.t.Helper()
	h.see(".toast [data-undo]")
	h.loaded()
	if h.keys {
		h.press("z", control)
		return
	}
	h.click(".toast [data-undo] button")
}

// at is the address that the page stands at, without the server.
func (h hand) at() string {
	h.t.Helper()
	return ask[string](h.page, `location.pathname + location.search`)
}

// downloads lets files come, and returns what reads the one that came.
func (h hand) downloads() func() string {
	h.t.Helper()
	folder := h.t.TempDir()
	h.do("let files come", call(devtools.SetDownloadBehavior, devtools.SetDownloadBehaviorParams{
		Behavior: devtools.SetDownloadBehaviorBehaviorAllow, DownloadPath: folder, BrowserContextID: chromedp.FromContext(h.ctx).BrowserContextID,
	}))
	return func() string {
		h.t.Helper()
		for deadline := time.Now().Add(patience); time.Now().Before(deadline); {
			if names, _ := filepath.Glob(filepath.Join(folder, "*.csv")); len(names) == 1 {
				text, err := os.ReadFile(names[0])
				if err != nil {
					h.t.Fatal(err)
				}
				if len(text) > 0 {
					return string(text)
				}
			}
			h.do("wait for the file", chromedp.Sleep(30*time.Millisecond))
		}
		h.t.Fatal("no file came")
		return ""
	}
}
