// Package exports draws how data leaves: the question in which form, the file
// that was made, the archive of everything. What leaves is never drawn.
package exports
