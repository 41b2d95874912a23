package browsertest

import (
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

const (
	enter     = kb.Enter
	escape    = kb.Escape
	tab       = kb.Tab
	arrowDown = kb.ArrowDown
)

var control = chromedp.KeyModifiers(chromedp.ModifierCtrl)
