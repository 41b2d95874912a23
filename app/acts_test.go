package app_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"stead/app/acts"
)

// Whatever the code writes into the audit log is said to people in words. An
// act is a constant named Event… or action…, or a text that stands where an
// audit entry is made.
func TestEveryActHasWords(t *testing.T) {
	found := map[string]string{}
	eachGoFile(t, parser.SkipObjectResolution, func(pkg, file string, f *ast.File) {
		if !strings.HasSuffix(file, "_test.go") && layer(pkg) != "testkit" && pkg != "app/acts" {
			actsOf(f, func(action string) { found[action] = file })
		}
	})
	for action, file := range found {
		if !acts.Known(action) {
			t.Errorf("%s is written by %s and has no words in app/acts", action, file)
		}
	}
	for _, action := range []string{"contact.read", "user.signed_in", "audit.anonymised", "person.exported", "settings.business", "backup.restored"} {
		if found[action] == "" {
			t.Errorf("%s is not found in the code: this test looks past what it should see", action)
		}
	}
}

var actName = regexp.MustCompile(`^[a-z]+(\.[a-z_]+)+$`)

func actsOf(f *ast.File, note func(action string)) {
	text := func(e ast.Expr) {
		if lit, ok := e.(*ast.BasicLit); ok && lit.Kind == token.STRING {
			if s, err := strconv.Unquote(lit.Value); err == nil && actName.MatchString(s) {
				note(s)
			}
		}
	}
	ast.Inspect(f, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.ValueSpec:
			for i, name := range n.Names {
				lower := strings.ToLower(name.Name)
				if i < len(n.Values) && (strings.HasPrefix(lower, "event") || strings.HasPrefix(lower, "action")) {
					text(n.Values[i])
				}
			}
		case *ast.KeyValueExpr:
			if key, ok := n.Key.(*ast.Ident); ok && key.Name == "Action" {
				text(n.Value)
			}
		case *ast.CallExpr:
			if sel, ok := n.Fun.(*ast.SelectorExpr); ok && strings.EqualFold(sel.Sel.Name, "audit") {
				for _, arg := range n.Args {
					text(arg)
				}
			}
		}
		return true
	})
}
