// Package duplicates draws contacts that may be one person, and two side by side
// before they become one.
package duplicates
