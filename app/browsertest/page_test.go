package browsertest

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// screen is what a person sits before.
type screen struct {
	Name          string
	Width, Height int64
	Dark          bool
	NoScripts     bool
}

var (
	desktop = screen{Name: "1440", Width: 1440, Height: 900}
	phone   = screen{Name: "390", Width: 390, Height: 844}
	narrow  = screen{Name: "320", Width: 320, Height: 640}
)

func (s screen) dark() screen { s.Dark = true; s.Name += "-dark"; return s }

func (s screen) withoutScripts() screen { s.NoScripts = true; s.Name += "-noscript"; return s }

// screens are those that every page must suit.
func screens() []screen {
	return []screen{desktop, phone, narrow, desktop.dark(), phone.dark(), narrow.dark()}
}

// page is a tab at one screen. Whatever the browser complains about (errors of
// scripts, violations of the content policy, missing assets) fails the test.
type page struct {
	t    *testing.T
	ctx  context.Context
	base string
	scr  screen

	mu         sync.Mutex
	expected   []string // parts of complaints that a test is about
	complaints []string
}

// open starts a tab for the server at base.
func open(t *testing.T, base string, s screen) *page {
	t.Helper()
	p := &page{t: t, ctx: newTab(t), base: base, scr: s}
	t.Cleanup(func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		for _, c := range p.complaints {
			t.Error(c)
		}
	})
	p.must("listen", chromedp.Listen(p.ctx, p.hear))
	p.theme("light")
	if s.Dark {
		p.theme("dark")
	}
	p.do("set up the screen",
		chromedp.EmulateViewport(s.Width, s.Height),
		call(emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: s.NoScripts}),
	)
	return p
}

// call is a command of the debugging protocol as a step.
func call[P, R any](command cdp.Command[P, R], params P) chromedp.Action[chromedp.Void] {
	return chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		_, err := cdp.Call(ctx, t, command, params)
		return err
	})
}

// theme asks for light or dark, as the system would, and for no movement.
func (p *page) theme(name string) {
	p.t.Helper()
	p.do("choose the theme", call(emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{
		{Name: "prefers-color-scheme", Value: name},
		{Name: "prefers-reduced-motion", Value: "reduce"},
	}}))
}

// expect lets the browser complain about something that the test itself causes.
func (p *page) expect(complaint string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.expected = append(p.expected, complaint)
}

func (p *page) complain(format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	p.mu.Lock()
	defer p.mu.Unlock()
	if !slices.ContainsFunc(p.expected, func(e string) bool { return strings.Contains(text, e) }) {
		p.complaints = append(p.complaints, text)
	}
}

func (p *page) hear(event any) {
	switch e := event.(type) {
	case *runtime.EventExceptionThrown:
		if what := describe(e.ExceptionDetails); !abortedTransition(what) {
			p.complain("script error: %s", what)
		}
	case *runtime.EventConsoleAPICalled:
		if e.Type == runtime.ConsoleAPICalledTypeError {
			p.complain("console error: %s", describe(e.Args))
		}
	case *log.EventEntryAdded:
		// A refused form answers 422, which Chromium logs as a network error.
		if e.Entry.Level == log.EntryLevelError && e.Entry.Source != log.EntrySourceNetwork {
			p.complain("browser error: %s (%s)", e.Entry.Text, e.Entry.URL)
		}
	case *network.EventResponseReceived:
		if e.Response.Status >= 400 && strings.Contains(e.Response.URL, "/static/") {
			p.complain("asset %s answers %d", e.Response.URL, e.Response.Status)
		}
	}
}

// abortedTransition tells Chromium's own complaint that the cross-fade between
// two pages was skipped, since a slow machine left the first too early, from an
// error of a script. No script of ours asks for one.
func abortedTransition(what string) bool {
	return strings.Contains(what, "InvalidStateError: Transition was aborted because of invalid state")
}

func describe(v any) string {
	text, err := json.Marshal(v)
	if err != nil {
		return err.Error()
	}
	return string(text)
}

func (p *page) must(what string, err error) {
	p.t.Helper()
	if err == nil {
		return
	}
	p.shot("failed")
	ctx, cancel := context.WithTimeout(p.ctx, 2*time.Second)
	defer cancel()
	body, textErr := chromedp.Run(ctx, chromedp.Text(chromedp.CSS("body")))
	if textErr != nil {
		body = "(nothing: " + textErr.Error() + ")"
	}
	p.t.Fatalf("%s at %s: %v\nthe page says:\n%s", what, p.scr.Name, err, body)
}

// patience is how long anything may take before the test gives up. Machines that
// run other tests beside a browser are slow.
const patience = 30 * time.Second

// do runs steps one after the other, each within its time.
func (p *page) do(what string, steps ...chromedp.Action[chromedp.Void]) {
	p.t.Helper()
	for _, step := range steps {
		ctx, cancel := context.WithTimeout(p.ctx, patience)
		err := chromedp.Do(ctx, step)
		cancel()
		p.must(what, err)
	}
}

func (p *page) visit(path string) {
	p.t.Helper()
	p.do("visit "+path, chromedp.Navigate(p.base+path))
}

// see waits until an element is in sight.
func (p *page) see(css string) {
	p.t.Helper()
	p.do("see "+css, chromedp.WaitVisible(chromedp.CSS(css)))
}

// gone waits until no such element is left.
func (p *page) gone(css string) {
	p.t.Helper()
	p.do("lose sight of "+css, chromedp.WaitNotPresent(chromedp.CSS(css)))
}

func (p *page) click(css string) {
	p.t.Helper()
	p.loaded()
	p.do("click "+css, chromedp.WaitVisible(chromedp.CSS(css)), chromedp.Click(chromedp.CSS(css)))
}

// fill types over what a field holds.
func (p *page) fill(css, text string) {
	p.t.Helper()
	p.see(css)
	p.ask(`(() => { const e = document.querySelector(` + quote(css) + `); e.focus(); e.select(); return true })()`)
	p.press(text)
}

// ask evaluates an expression for what it does.
func (p *page) ask(expression string) {
	p.t.Helper()
	ask[bool](p, expression)
}

// quote is a text as JavaScript writes it.
func quote(text string) string {
	b, err := json.Marshal(text)
	if err != nil {
		panic(err) // a string always has a form in JSON
	}
	return string(b)
}

// choose picks the option of a list by its value.
func (p *page) choose(css, value string) {
	p.t.Helper()
	p.do("choose "+value+" in "+css, chromedp.WaitVisible(chromedp.CSS(css)), chromedp.SetValue(chromedp.CSS(css), value))
}

// loaded waits until the scripts of a page that has just come have run: what is typed
// before is text for nobody.
func (p *page) loaded() {
	p.t.Helper()
	p.waitFor("have the page", `document.readyState === 'complete'`)
}

// press sends keys to whatever has the focus.
func (p *page) press(keys string, options ...chromedp.KeyOption) {
	p.t.Helper()
	p.loaded()
	p.do("press "+keys, chromedp.KeyEvent(keys, options...))
}

// says waits until an element's text holds want.
func (p *page) says(css, want string) {
	p.t.Helper()
	p.waitFor("read "+want+" in "+css, `[...document.querySelectorAll(`+quote(css)+`)].some((e) => e.textContent.includes(`+quote(want)+`))`)
}

// waitFor waits until a JavaScript expression is true.
func (p *page) waitFor(what, expression string) {
	p.t.Helper()
	deadline := time.Now().Add(patience)
	for {
		ok, err := chromedp.Run(p.ctx, chromedp.Evaluate[bool](expression, chromedp.EvalAwaitPromise))
		if ok || time.Now().After(deadline) {
			if !ok && err == nil {
				err = context.DeadlineExceeded
			}
			p.must(what, err)
			return
		}
		p.do(what, chromedp.Sleep(30*time.Millisecond))
	}
}

// ask evaluates a JavaScript expression in the page.
func ask[T any](p *page, expression string) T {
	p.t.Helper()
	v, err := chromedp.Run(p.ctx, chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise))
	p.must("evaluate "+expression[:min(len(expression), 60)], err)
	return v
}

// shot keeps a picture of what is in sight, when someone wants pictures.
func (p *page) shot(name string) {
	folder := os.Getenv("STEAD_TEST_SHOTS")
	if folder == "" {
		return
	}
	png, err := chromedp.Run(p.ctx, chromedp.CaptureScreenshot())
	if err != nil {
		p.t.Logf("no picture of %s: %v", name, err)
		return
	}
	if err := os.MkdirAll(folder, 0o755); err != nil {
		p.t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(folder, name+"-"+p.scr.Name+".png"), png, 0o644); err != nil {
		p.t.Fatal(err)
	}
}

// checkFits fails when the page is wider than its window.
func (p *page) checkFits(name string) {
	p.t.Helper()
	if over := ask[int](p, `document.documentElement.scrollWidth - window.innerWidth`); over > 0 {
		p.t.Errorf("%s at %s is %d px wider than the window: %s", name, p.scr.Name, over, ask[string](p, widest))
	}
}

const widest = `[...document.querySelectorAll('body *')].filter((e) => e.getBoundingClientRect().right > innerWidth + 1 && !e.closest('dialog:not([open]), [popover]')).slice(0, 5).map((e) => e.tagName + '.' + e.className).join(', ')`

// checkIcons fails when an icon's name is not in the sprite: it has no size.
func (p *page) checkIcons(name string) {
	p.t.Helper()
	empty := ask[string](p, `[...document.querySelectorAll('svg.i use')].filter((u) => u.checkVisibility() && u.getBBox().width === 0 && u.getBBox().height === 0).map((u) => u.getAttribute('href').split('#')[1]).join(' ')`)
	if empty != "" {
		p.t.Errorf("%s at %s: icons that are not in the sprite: %s", name, p.scr.Name, empty)
	}
}
