// Package pipelines holds the pages on the ways that deals go. They show what
// they are handed: no rule and no store lives here.
package pipelines
