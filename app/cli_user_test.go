package app_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"stead/app/apptest"
	"stead/store/storetest"
)

// A password hash of another product: "correct horse battery staple", PBKDF2
// with SHA-256 and ten thousand iterations.
const importedHash = "pbkdf2_sha256$10000$saltsaltsalt$XfCzwszIPGTQBXtaR3PssI3tnFdXDtwNKrnehyaPVMU="

func TestUsersFromTheTerminal(t *testing.T) {
	for _, running := range []bool{false, true} {
		name := map[bool]string{false: "no server", true: "a server"}[running]
		t.Run(name, func(t *testing.T) {
			c := newTerminal(t)
			c.must(goodPassword, setupArgs...)
			if running {
				c.serve()
			}
			var added struct{ ID, Link string }
			if err := json.Unmarshal([]byte(c.must("", "user", "add", "bo@example.com", "--name", "Bo", "--role", "Agent", "--json")), &added); err != nil {
				t.Fatal(err)
			}
			if !strings.HasPrefix(added.Link, "http://"+c.env["STEAD_ADDR"]+"/join/") {
				t.Errorf("the link is %q", added.Link)
			}
			if out := c.must(importedHash+"\n", "user", "add", "Cleo@Example.com", "--name", "Cleo Park", "--role", "manager", "--password-hash-file", "-"); !strings.Contains(out, "Added") {
				t.Errorf("with a hash: %q", out)
			}
			for name, tt := range map[string]struct {
				in   string
				args []string
				says string
			}{
				"a taken address":     {"", []string{"user", "add", "CLEO@example.com", "--name", "X", "--role", "agent"}, "in the team already"},
				"a made-up role":      {"", []string{"user", "add", "x@example.com", "--name", "X", "--role", "boss"}, "There are: Owner, Admin"},
				"a made-up team":      {"", []string{"user", "add", "x@example.com", "--name", "X", "--role", "agent", "--team", "Moon"}, "no such team"},
				"no address":          {"", []string{"user", "add", "nobody", "--name", "X", "--role", "agent"}, "--email"},
				"a hash of any kind":  {"5f4dcc3b5aa765d61d8327deb882cf99\n", []string{"user", "add", "x@example.com", "--name", "X", "--role", "agent", "--password-hash-file", "-"}, "cannot be taken over"},
				"a hash that is huge": {"$argon2id$v=19$m=99999999,t=99,p=4$c2FsdHNhbHQ$aGFzaGhhc2hoYXNoaGFzaA\n", []string{"user", "add", "x@example.com", "--name", "X", "--role", "agent", "--password-hash-file", "-"}, "cannot be taken over"},
				"the last owner goes": {"", []string{"user", "remove", "ana@example.com"}, "last owner"},
				"the last one is off": {"", []string{"user", "disable", "ana@example.com"}, "last owner"},
				"nobody is removed":   {"", []string{"user", "remove", "x@example.com"}, "Nobody signs in"},
				"to nobody":           {"", []string{"user", "remove", "cleo@example.com", "--to", "x@example.com"}, "Nobody signs in"},
			} {
				if code, _, errs := c.run(tt.in, tt.args...); code != 1 || !strings.Contains(errs, tt.says) {
					t.Errorf("%s: exit %d, %q", name, code, errs)
				}
			}
			c.must("", "user", "disable", "cleo@example.com")
			if out := c.must("", "user", "list"); !strings.Contains(out, "disabled") || !strings.Contains(out, "ana@example.com") {
				t.Errorf("the list: %s", out)
			}
			c.must("", "user", "enable", "cleo@example.com")
			c.must("", "user", "email", "cleo@example.com", "--to", "Cleo.Park@Example.com")
			if out := c.must("", "user", "list"); !strings.Contains(out, "Cleo.Park@Example.com") || strings.Contains(out, "leo@") {
				t.Errorf("the list after the address changed: %s", out)
			}
			for _, args := range [][]string{{"cleo@example.com", "--to", "x@example.com"}, {"cleo.park@example.com", "--to", "ANA@example.com"}, {"cleo.park@example.com", "--to", "nobody"}} {
				if code, _, errs := c.run("", append([]string{"user", "email"}, args...)...); code != 1 || errs == "" {
					t.Errorf("user email %v: exit %d, %q", args, code, errs)
				}
			}
			c.must("", "user", "email", "cleo.park@example.com", "--to", "cleo@example.com")
			var rows []struct {
				Email, State, Role string
			}
			if err := json.Unmarshal([]byte(c.must("", "user", "list", "--json")), &rows); err != nil || len(rows) != 2 || rows[1].State != "active" || rows[1].Role != "Manager" {
				t.Errorf("%+v, %v", rows, err)
			}
			if running {
				v := apptest.Browse(t, "http://"+c.env["STEAD_ADDR"])
				p := v.PostForm("/login", url.Values{"email": {"cleo@example.com"}, "password": {"correct horse battery staple"}})
				if p.Status != http.StatusSeeOther {
					t.Errorf("the password of the other product answers %d", p.Status)
				}
			}
			c.must("", "user", "remove", "cleo@example.com", "--to", "ana@example.com")
			if out := c.must("", "user", "list"); strings.Contains(out, "cleo@") {
				t.Errorf("still listed: %s", out)
			}
			toAna := regexp.MustCompile(`^\{"contacts":"([0-9a-f-]{36})","conversations":"([0-9a-f-]{36})","deals":"([0-9a-f-]{36})","tasks":"([0-9a-f-]{36})"\}$`)
			data := storetest.Cells(t, filepath.Join(c.env["STEAD_DATA"], "stead.db"), "events")
			if !slices.ContainsFunc(data, toAna.MatchString) {
				t.Error("not all that they looked after goes to whom the command names")
			}
		})
	}
}
