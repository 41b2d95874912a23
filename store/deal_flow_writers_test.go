package store

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// flowWriters are the functions whose statements write what deal_flow is made of.
// Each of them runs within flowing, but for handDeals, which keeps it by itself.
var flowWriters = []string{
	"AssignDeal", "handDeals", "BinDeal", "RestoreDeal", "insertStay", "endStay", "saveDeal",
}

// ofFlow matches a statement that changes what deal_flow adds up.
var ofFlow = regexp.MustCompile(`(?is)\b(INSERT\s+INTO|DELETE\s+FROM|UPDATE)\s+deal_stays\b|\bDELETE\s+FROM\s+deals\b|\bUPDATE\s+deals\s+SET\b.*\b(owner_id|deleted_at)\s*=`)

// Statements that the data map makes, of whatever table, are in the property test.
func TestOnlyAFewWriteWhatTheFlowIsMadeOf(t *testing.T) {
	var found []string
	set := token.NewFileSet()
	err := fs.WalkDir(os.DirFS("."), ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") || strings.HasPrefix(path, "storetest/") {
			return err
		}
		file, err := parser.ParseFile(set, path, nil, 0)
		if err != nil {
			return err
		}
		for _, decl := range file.Decls {
			fn, is := decl.(*ast.FuncDecl)
			ast.Inspect(decl, func(n ast.Node) bool {
				text, literal := n.(*ast.BasicLit)
				if !literal || text.Kind != token.STRING {
					return true
				}
				statement, _, _ := strings.Cut(text.Value, "WHERE")
				switch {
				case !ofFlow.MatchString(statement):
				case !is || !slices.Contains(flowWriters, fn.Name.Name):
					t.Errorf("%s: a statement changes what deal_flow is made of, and is not among those within flowing", set.Position(text.Pos()))
				default:
					found = append(found, fn.Name.Name)
				}
				return true
			})
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range flowWriters {
		if !slices.Contains(found, name) {
			t.Errorf("%s writes nothing of that any more", name)
		}
	}
}
