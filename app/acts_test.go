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

// Whoever asked for long work is told what of it ended: each kind that somebody
// does has a name.
func TestEveryKindOfWorkHasWords(t *testing.T) {
	consts, handled := map[string]ast.Expr{}, map[string]bool{}
	eachGoFile(t, parser.SkipObjectResolution, func(pkg, file string, f *ast.File) {
		if strings.HasSuffix(file, "_test.go") {
			return
		}
		ast.Inspect(f, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.ValueSpec:
				for i, name := range n.Names {
					if i < len(n.Values) {
						consts[pkg+"."+name.Name] = n.Values[i]
					}
				}
			case *ast.CallExpr:
				if of, ok := n.Fun.(*ast.SelectorExpr); ok && of.Sel.Name == "Handle" && len(n.Args) == 2 {
					on, _ := of.X.(*ast.SelectorExpr)
					if kind, ok := n.Args[0].(*ast.Ident); ok && on != nil && on.Sel.Name == "Work" {
						handled[pkg+"."+kind.Name] = true
					}
				}
			}
			return true
		})
	})
	said := 0
	for name := range handled {
		value := consts[name]
		for pkg, _, _ := strings.Cut(name, "."); ; {
			other, ok := value.(*ast.Ident)
			if !ok {
				break
			}
			value = consts[pkg+"."+other.Name]
		}
		lit, ok := value.(*ast.BasicLit)
		if !ok {
			t.Errorf("%s is no text", name)
			continue
		}
		kind, err := strconv.Unquote(lit.Value)
		if _, known := acts.WorkOf(kind); err != nil || !known {
			t.Errorf("%s is done and has no words in app/acts", lit.Value)
		}
		said++
	}
	if said < 14 {
		t.Errorf("%d kinds of work are found: this test looks past what it should see", said)
	}
}
