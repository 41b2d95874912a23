// Package tasks draws what is to be done: the list, one task with its form, and
// the part of it that stands on a contact's or a company's card.
package tasks
