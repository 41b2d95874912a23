package browsertest

import (
	"os"
	"sync"
	"testing"
)

var axeSource = sync.OnceValues(func() ([]byte, error) {
	return os.ReadFile(os.Getenv("STEAD_TEST_AXE"))
})

// needAxe skips, or fails in CI, when axe-core is not on the machine.
func needAxe(t *testing.T) string {
	t.Helper()
	source, err := axeSource()
	if err != nil {
		leftOut(t, "accessibility checks need axe-core: STEAD_TEST_AXE must name its axe.min.js")
	}
	return string(source)
}

type violation struct {
	Rule, Impact string
	Where        []string
}

// What of axe runs: all rules, or those that the colours of a page can break.
const (
	allRules    = `['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']`
	colourRules = `{type: 'rule', values: ['color-contrast', 'link-in-text-block']}`
)

func runAxe(only string) string {
	return `axe.run(document, {runOnly: ` + only + `, resultTypes: ['violations'], preload: false})
.then((r) => r.violations.map((v) => ({Rule: v.id, Impact: v.impact, Where: v.nodes.slice(0, 4).map((n) =>
	n.target.join(' ') + ': ' + [...n.any, ...n.all, ...n.none].map((c) => c.message).join('; '))})))`
}

// checkAxe fails for each rule of WCAG 2.2 AA or of good practice that the page
// breaks as it stands, open menus and dialogs included. The checker goes in
// through the debugger, so the page's own content policy stays in force.
func (p *page) checkAxe(name string) {
	p.t.Helper()
	p.axe(name, allRules)
}

func (p *page) axe(name, only string) {
	p.t.Helper()
	source := needAxe(p.t)
	if !ask[bool](p, `typeof axe === 'object'`) {
		p.ask(source + ";true")
	}
	for _, v := range ask[[]violation](p, runAxe(only)) {
		p.t.Errorf("%s at %s: axe %s (%s): %q", name, p.scr.Name, v.Rule, v.Impact, v.Where)
	}
}
