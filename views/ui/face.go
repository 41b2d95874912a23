package ui

// Face is what stands for a person in a long list: the letters and the class of
// an Avatar, ready to print.
type Face struct{ Letters, Class string }

// FaceOf is the face of a name.
func FaceOf(name string) Face { return Face{initials(name), faces[hue(name)]} }

var faces = map[string]string{
	"h1": "avatar h1", "h2": "avatar h2", "h3": "avatar h3", "h4": "avatar h4", "h5": "avatar h5",
}
