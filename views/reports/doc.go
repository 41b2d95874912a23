// Package reports draws figures: tables, charts beside them, and the rows behind
// each. It shows what it is handed: no store and no rule stands here.
package reports
