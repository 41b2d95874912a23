// Package files draws what is attached to a person or a company: names, sizes,
// who put them there. What a file holds is never drawn.
package files
