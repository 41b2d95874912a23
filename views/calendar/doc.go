// Package calendar draws the page on which the secret address of one's calendar
// is made and ended.
package calendar
