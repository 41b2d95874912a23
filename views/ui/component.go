package ui

import "github.com/a-h/templ"

// Component is a part of a page that one capability makes and another places
// without knowing what is in it.
type Component = templ.Component
