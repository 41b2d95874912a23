package app

import (
	"reflect"

	"github.com/alecthomas/kong"
)

// Flags are the flags of every command, by name.
func Flags() map[string]reflect.Kind {
	flags := map[string]reflect.Kind{}
	var visit func(*kong.Node)
	visit = func(n *kong.Node) {
		for _, f := range n.Flags {
			flags[f.Name] = f.Target.Kind()
		}
		for _, child := range n.Children {
			visit(child)
		}
	}
	parser, err := kong.New(&cli{}, kong.Vars{"version": ""})
	if err != nil {
		panic(err) // the test cannot begin
	}
	visit(parser.Model.Node)
	return flags
}
