package browsertest

import (
	"testing"

	"github.com/chromedp/cdproto/network"
)

// load is what a first view costs, as the browser measured it.
type load struct {
	Requests, HTML, Total int
	Shift                 float64 // of the layout, while the page was being built
	Moved                 string  // what moved then
}

const measure = `new Promise((done) => {
	let shift = 0, moved = '';
	const called = (n) => (n.nodeType === 1 ? n : n.parentElement)?.outerHTML.slice(0, 80);
	new PerformanceObserver((l) => l.getEntries().forEach((e) => {
		shift += e.value;
		e.sources.forEach((s) => { moved += (s.node ? called(s.node) : '?') + ' from ' + JSON.stringify(s.previousRect) + ' to ' + JSON.stringify(s.currentRect) + '; ' });
	})).observe({type: 'layout-shift', buffered: true});
	setTimeout(() => {
		const page = performance.getEntriesByType('navigation')[0];
		const rest = performance.getEntriesByType('resource').filter((e) => e.initiatorType !== 'fetch'); // what follows on news is no part of the view
		done({Requests: 1 + rest.length, HTML: page.transferSize, Total: page.transferSize + rest.reduce((n, e) => n + e.transferSize, 0), Shift: shift, Moved: moved});
	}, 300);
})`

// TestFirstViewIsLight holds the budget of a first view with an empty cache.
func TestFirstViewIsLight(t *testing.T) {
	h, p := connected(t, desktop)
	h.Miss(caller)
	h.Text(caller, "My boiler is out, can you come?")
	thread, card := threadOf(t, h, caller)
	pipeline(t, h, 200)
	p.do("forget what is cached", call(network.SetCacheDisabled, network.SetCacheDisabledParams{CacheDisabled: true}))
	for name, address := range map[string]string{"today": "/", "inbox": "/inbox", "thread": thread, "contacts": "/contacts", "card": card, "settings": "/settings", "privacy": "/privacy", "board": "/deals?pipeline=sales", "deals": "/deals?show=list", "deal": "/deals/deal-00000", "reports": "/reports?pipeline=sales", "results": "/reports/results"} {
		p.visit(address)
		l := ask[load](p, measure)
		t.Logf("%s: %d requests, %.1f KB of page, %.1f KB in all", name, l.Requests, float64(l.HTML)/1024, float64(l.Total)/1024)
		most := 100 << 10
		if name == "board" { // with what drags its cards
			most = 115 << 10
		}
		if l.Requests > 10 || l.HTML > 15<<10 || l.Total > most {
			t.Errorf("%s costs %+v; the budget is 10 requests, 15 KB of page, %d KB in all", name, l, most>>10)
		}
		if l.Shift > 0.02 {
			t.Errorf("%s moves while it is being built: %.3f: %s", name, l.Shift, l.Moved)
		}
	}
}
