package ui

// Face is what stands for a person in a long list: the letters and the class of
// an Avatar, ready to print.
type Face struct{ Letters, Class string }

// FaceOf is the face of a name.
func FaceOf(name string) Face { return Face{initials(name), faces[hueOf(name)]} }

var faces = [...]string{"avatar h1", "avatar h2", "avatar h3", "avatar h4", "avatar h5"}
