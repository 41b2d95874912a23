package browsertest

import (
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

const (
	enter     = kb.Enter
	escape    = kb.Escape
	backspace = kb.Backspace
	tab       = kb.Tab
	arrowDown = kb.ArrowDown
)

var control = chromedp.KeyModifiers(chromedp.ModifierCtrl)

// goOffline cuts the tab from the network, or joins it again.
func (p *page) goOffline(off bool) {
	p.t.Helper()
	p.do("change the network", call(network.EmulateNetworkConditionsByRule, network.EmulateNetworkConditionsByRuleParams{
		MatchedNetworkConditions: []*network.Conditions{{Offline: off, DownloadThroughput: -1, UploadThroughput: -1}},
	}))
}

// eraseNow confirms as the page asks, and erases.
func eraseNow(p *page) {
	p.t.Helper()
	const form = "form[action$='/erasures']"
	p.fill(form+" input[type=text]", "erase")
	p.click(form + " .danger")
}
