package ui

import "testing"

// TestTabsOfAPhone: five places at most, none lost.
func TestTabsOfAPhone(t *testing.T) {
	var all []door
	for _, p := range places {
		all = append(all, door{place: p})
	}
	for n := range len(all) + 1 {
		tabs, rest := tabsOf(all[:n])
		if len(tabs)+len(rest) != n {
			t.Errorf("of %d places %d and %d are shown", n, len(tabs), len(rest))
		}
		if bar := len(tabs) + min(len(rest), 1); bar > mostTabs {
			t.Errorf("of %d places %d stand in the bar", n, bar)
		}
	}
}
