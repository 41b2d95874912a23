package browsertest

import (
	"context"
	"os"
	"os/exec"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// TestMain ends the one Chromium that all tests share.
func TestMain(m *testing.M) {
	code := m.Run()
	chromium.stop()
	os.Exit(code)
}

var chromium browser

// browser is one Chromium process; each test gets a context of its own in it,
// with its own cookies.
type browser struct {
	once   sync.Once
	path   string
	ctx    context.Context
	cancel context.CancelFunc
	err    error
	dir    string
}

func (b *browser) start() {
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome", "chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			b.path = path
			break
		}
	}
	if b.path == "" {
		return
	}
	if b.dir, b.err = os.MkdirTemp("", "stead-browser-*"); b.err != nil {
		return
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(b.path),
		chromedp.UserDataDir(b.dir),
		chromedp.Flag("disable-gpu", true),
		chromedp.Flag("disable-quic", true),
		chromedp.Flag("disable-component-update", true),
		chromedp.Flag("no-sandbox", os.Geteuid() == 0), // Chromium refuses root otherwise
	)
	allocator, cancelAllocator := chromedp.NewExecAllocator(context.Background(), options...)
	ctx, cancel := chromedp.NewContext(allocator)
	b.ctx, b.cancel = ctx, func() { cancel(); cancelAllocator() }
	b.err = chromedp.Do(ctx)
}

func (b *browser) stop() {
	if b.cancel != nil {
		b.cancel()
	}
	if b.dir != "" {
		_ = os.RemoveAll(b.dir) // a temporary folder; the system clears what stays
	}
}

// leftOut skips, or fails where everything must run.
func leftOut(t *testing.T, what string) {
	t.Helper()
	if os.Getenv("CI") == "true" {
		t.Fatalf("%s; with CI=true it must be there", what)
	}
	t.Skipf("LEFT OUT: %s", what)
}

// newTab opens a tab with its own cookies that closes when the test ends.
func newTab(t *testing.T) context.Context {
	t.Helper()
	chromium.once.Do(chromium.start)
	if chromium.err != nil {
		t.Fatalf("Chromium does not start: %v", chromium.err)
	}
	if chromium.path == "" {
		leftOut(t, "browser tests need Chromium, which is not on this machine")
	}
	ctx, cancel := chromedp.NewContext(chromium.ctx, chromedp.WithNewBrowserContext())
	t.Cleanup(cancel)
	ctx, cancelTime := context.WithTimeout(ctx, 10*time.Minute)
	t.Cleanup(cancelTime)
	return ctx
}
