package app_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "stead"

// kernel packages serve every capability and know none. In order: each may
// import those before it. app/web and those after it may draw with views/ui.
var kernel = []string{
	"app/errs", "app/ids", "app/money", "app/phone", "app/email", "app/naming", "app/cards", "app/custom", "app/lines", "app/people", "app/sms", "app/logs", "app/access", "app/mention", "app/acts", "app/veil", "app/picked", "app/filter", "app/saved", "app/tabular",
	"app/vault", "app/blob", "app/gate", "app/port", "app/outbound", "app/web", "app/jobs", "app/work", "app/notes", "app/assign",
}

// onlyIn names the packages that may import a dependency (tests included);
// "/..." takes in subpackages, on both sides.
var onlyIn = map[string][]string{
	"database/sql/...":                    {"store/..."},
	"modernc.org/...":                     {"store", "store/storetest"},
	"github.com/jackc/...":                {"store/postgres"}, // so that the product does not carry it
	"github.com/pressly/goose/...":        {"store"},
	"github.com/riverqueue/...":           {"store", "store/postgres", "app/jobs"},
	"github.com/google/uuid":              {"app/ids"},
	"github.com/nyaruka/phonenumbers/...": {"app/phone"},
	"github.com/a-h/templ/...":            {"views/...", "app/web"},
	"github.com/alexedwards/scs/...":      {"app/web"},
	"filippo.io/age/...":                  {"app/vault", "app/blob"},
	"github.com/twilio/...":               {"app/provider/twilio"},
	"github.com/coreos/go-oidc/...":       {"app/provider/oidc"},
	"golang.org/x/oauth2/...":             {"app/provider/oidc"},
	"github.com/alexedwards/argon2id":     {"app/team"},
	"github.com/boombuler/barcode/...":    {"app/team"},
	"github.com/pquerna/otp/...":          {"app", "app/team", "app/browsertest"},
	"github.com/alecthomas/kong":          {"app"},
	"golang.org/x/crypto/...":             {"app/vault"},
	"golang.org/x/text/...":               {"app/settings", "app/tabular", "store"}, // tabular: the encodings of other people's files
	"golang.org/x/net/...":                {"app/email"},                            // idna: one address, however its domain is spelt
	"golang.org/x/sys/...":                {"store"},
	"github.com/wneessen/go-mail/...":     {"app/provider/smtp"},
	"github.com/emersion/...":             {"app/provider/smtp", "app/mail"}, // their tests: a server on loopback
	"github.com/chromedp/...":             {"app/browsertest"},
	"github.com/teambition/rrule-go":      {"app/tasks"},
	"github.com/arran4/golang-ical":       {"app"}, // in tests: a reader of what app/calendar writes
	"os/exec":                             {"app/browsertest", "app/crashtest"},
	"github.com/caddyserver/certmagic":    {"app"}, // it speaks to the certificate authority itself, beside app/outbound; see app/tls.go
	"go.uber.org/zap":                     {"app"}, // certmagic's logger, which is told to say nothing
	"github.com/letsencrypt/pebble/...":   {"app"}, // an authority in tests
	"github.com/miekg/dns":                {"app"}, // whose names it looks up in tests
	"math/rand":                           {},
	"math/rand/v2":                        {"store", "app/jobs", "app/crashtest"},
}

func TestTopLevel(t *testing.T) {
	want := []string{
		"LICENSE", "README.md", "app", "assets", "go.mod", "go.sum", "justfile", "main.go", "store", "views",
		"data", "stead", // what running and building leave; git ignores them
	}
	entries, err := os.ReadDir("..")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if name := e.Name(); name[0] != '.' && !slices.Contains(want, name) {
			t.Errorf("top-level entry %s is not one of %v", name, want)
		}
	}
}

func TestImports(t *testing.T) {
	eachGoFile(t, parser.ImportsOnly, func(pkg, file string, f *ast.File) {
		test := strings.HasSuffix(file, "_test.go")
		if slices.Contains([]string{"util", "helper", "common", "misc"}, strings.TrimSuffix(path.Base(pkg), "s")) {
			t.Errorf("%s: name the package after what it is", pkg)
		}
		for _, spec := range f.Imports {
			imp, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				t.Fatal(file, err)
			}
			for dep, owners := range onlyIn {
				if matches(dep, imp) && !slices.ContainsFunc(owners, func(o string) bool { return matches(o, pkg) }) {
					t.Errorf("%s imports %s, which only %v may", file, imp, owners)
				}
			}
			if local, ok := strings.CutPrefix(imp, module+"/"); ok && !test && !allowed(pkg, local) {
				t.Errorf("%s imports %s", file, local)
			}
		}
	})
}

// allowed is the whole dependency rule.
func allowed(from, to string) bool {
	switch layer(from) {
	case "main":
		return to == "app"
	case "app": // the composition root
		return true
	case "testkit":
		return true
	case "capability": // never another capability, never app itself
		return to == "store" || layer(to) == "kernel" || to == "views/"+path.Base(from) || to == "views/ui"
	case "provider":
		return to == "app/port" || to == "app/errs"
	case "kernel":
		place := slices.Index(kernel, from)
		before := slices.Contains(kernel[:place], to)
		return to == "store" || before || to == "views/ui" && place >= slices.Index(kernel, "app/web")
	case "views":
		return to == "views/ui" || to == "assets"
	case "store/postgres":
		return to == "store"
	}
	return false // store and assets import nothing of ours
}

func layer(pkg string) string {
	switch {
	case pkg == ".":
		return "main"
	case pkg == "app":
		return "app"
	case slices.Contains([]string{"app/apptest", "app/browsertest", "app/crashtest", "store/storetest"}, pkg):
		return "testkit"
	case slices.Contains(kernel, pkg):
		return "kernel"
	case strings.HasPrefix(pkg, "app/provider/"):
		return "provider"
	case strings.HasPrefix(pkg, "app/"):
		return "capability"
	case strings.HasPrefix(pkg, "views/"):
		return "views"
	}
	return pkg
}

func matches(dep, imp string) bool {
	root, tree := strings.CutSuffix(dep, "/...")
	return imp == root || tree && strings.HasPrefix(imp, root+"/")
}

// calls names what only some files may use; tests and test kits may use all.
var calls = map[string][]string{
	"time.Now":           {"main.go", "store/stopwatch.go"}, // the second measures budgets
	"time.Since":         {},
	"os.Getenv":          {"app/config.go", "main.go"},
	"os.LookupEnv":       {"app/config.go"},
	"os.Environ":         {},
	"http.DefaultClient": {},
	"http.Get":           {},
	"http.Post":          {},
	"http.PostForm":      {},
	"http.Head":          {},
	"fmt.Print":          {},
	"fmt.Printf":         {},
	"fmt.Println":        {},
	"slog.Default":       {},
	"slog.SetDefault":    {},
}

func TestCalls(t *testing.T) {
	eachGoFile(t, parser.SkipObjectResolution, func(pkg, file string, f *ast.File) {
		if strings.HasSuffix(file, "_test.go") || layer(pkg) == "testkit" {
			return
		}
		ast.Inspect(f, func(n ast.Node) bool {
			sel, ok := n.(*ast.SelectorExpr)
			if !ok {
				return true
			}
			if x, ok := sel.X.(*ast.Ident); ok {
				name := x.Name + "." + sel.Sel.Name
				if files, ruled := calls[name]; ruled && !slices.Contains(files, file) {
					t.Errorf("%s uses %s, which only %v may", file, name, files)
				}
			}
			return true
		})
	})
}

// Each package says in its doc comment what lives there.
func TestPackagesAreDocumented(t *testing.T) {
	said := map[string]bool{}
	eachGoFile(t, parser.ParseComments|parser.PackageClauseOnly, func(pkg, file string, f *ast.File) {
		if !strings.HasSuffix(file, "_test.go") {
			said[pkg] = said[pkg] || f.Doc != nil
		}
	})
	for pkg, ok := range said {
		if !ok {
			t.Errorf("%s has no doc comment", pkg)
		}
	}
}

// eachGoFile visits every Go file of the module with its package path.
func eachGoFile(t *testing.T, mode parser.Mode, visit func(pkg, file string, f *ast.File)) {
	t.Helper()
	root := os.DirFS("..")
	err := fs.WalkDir(root, ".", func(file string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && file != "." && strings.HasPrefix(d.Name(), ".") {
			return fs.SkipDir
		}
		if path.Ext(file) != ".go" {
			return nil
		}
		f, err := parser.ParseFile(token.NewFileSet(), filepath.Join("..", file), nil, mode)
		if err != nil {
			return err
		}
		visit(path.Dir(file), file, f)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
