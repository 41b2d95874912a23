// Package products draws the list of products, the form of one and what is
// offered to who types in a line. It shows what it is handed: no store and no
// rule stands here.
package products
