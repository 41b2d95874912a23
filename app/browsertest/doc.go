// Package browsertest drives the product through a real Chromium: journeys,
// accessibility, page weight. It holds tests alone; nothing may import it.
//
// Chromium is looked for on the machine and axe-core in STEAD_TEST_AXE (the
// path of axe.min.js). Without them the tests are left out and say so; with
// CI=true that is a failure. STEAD_TEST_SHOTS names a folder for screenshots.
package browsertest
