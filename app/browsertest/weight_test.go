package browsertest

import (
	"testing"

	"github.com/chromedp/cdproto/network"
)

// load is what a first view costs, as the browser measured it.
type load struct {
	Requests, HTML, Total int
	Shift                 float64 // of the layout, while the page was being built
}

const measure = `new Promise((done) => {
	let shift = 0;
	new PerformanceObserver((l) => l.getEntries().forEach((e) => { shift += e.value })).observe({type: 'layout-shift', buffered: true});
	setTimeout(() => {
		const page = performance.getEntriesByType('navigation')[0];
		const rest = performance.getEntriesByType('resource').filter((e) => e.initiatorType !== 'fetch'); // what follows on news is no part of the view
		done({Requests: 1 + rest.length, HTML: page.transferSize, Total: page.transferSize + rest.reduce((n, e) => n + e.transferSize, 0), Shift: shift});
	}, 300);
})`

// TestFirstViewIsLight holds the budget of a first view with an empty cache.
func TestFirstViewIsLight(t *testing.T) {
	h, p := connected(t, desktop)
	h.Miss(caller)
	h.Text(caller, "My boiler is out, can you come?")
	thread, card := threadOf(t, h, caller)
	p.do("forget what is cached", call(network.SetCacheDisabled, network.SetCacheDisabledParams{CacheDisabled: true}))
	for name, address := range map[string]string{"today": "/", "inbox": "/inbox", "thread": thread, "contacts": "/contacts", "card": card, "settings": "/settings", "privacy": "/privacy"} {
		p.visit(address)
		l := ask[load](p, measure)
		t.Logf("%s: %d requests, %.1f KB of page, %.1f KB in all", name, l.Requests, float64(l.HTML)/1024, float64(l.Total)/1024)
		if l.Requests > 10 || l.HTML > 15<<10 || l.Total > 100<<10 {
			t.Errorf("%s costs %+v; the budget is 10 requests, 15 KB of page, 100 KB in all", name, l)
		}
		if l.Shift > 0.02 {
			t.Errorf("%s moves while it is being built: %.3f", name, l.Shift)
		}
	}
}
