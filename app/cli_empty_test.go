package app_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestCommandsMakeNoSteadWhereNoneIs(t *testing.T) {
	for _, command := range []string{
		"person find nobody", "person erase x --yes", "person prove x", "person merge a b", "person unmerge x", "vault status", "vault unlock", "disconnect twilio", "sweep --dry-run", "sweep",
		"audit verify", "backup create", "backup list", "user password --email a@example.com --password-file -", "doctor",
	} {
		c := newTerminal(t)
		code, out, errs := c.run("some words that open it", strings.Fields(command)...)
		if code != 1 || !strings.Contains(out+errs, "There is no Stead in "+c.env["STEAD_DATA"]+". Set STEAD_DATA to its data folder.") {
			t.Errorf("%s: exit %d, %q %q", command, code, out, errs)
		}
		if _, err := os.Stat(c.env["STEAD_DATA"]); !os.IsNotExist(err) {
			t.Errorf("%s made the folder: %v", command, err)
		}
	}
}

func TestVersionAndHelpByAnyName(t *testing.T) {
	c := newTerminal(t)
	for _, how := range []string{"version", "--version"} {
		if out := c.must("", how); out != "stead test\n" {
			t.Errorf("%s: %q", how, out)
		}
	}
	if c.must("", "help") != c.must("", "--help") || c.must("", "help", "person", "erase") != c.must("", "person", "erase", "--help") {
		t.Error("help differs from --help")
	}
}

func TestForgottenPasswordIsSetOnTheMachine(t *testing.T) {
	c := newTerminal(t)
	c.must(goodPassword, setupArgs...)
	if code, _, errs := c.run("short", "user", "password", "--email", "ana@example.com", "--password-file", "-"); code != 1 || !strings.Contains(errs, "at least 12") {
		t.Errorf("a short one: exit %d, %q", code, errs)
	}
	if out := c.must("nine copper kettles sing", "user", "password", "--email", "ana@example.com", "--password-file", "-"); !strings.Contains(out, "changed") {
		t.Errorf("%q", out)
	}
}

func TestDoctorNamesWhatIsWrongWithTheFolder(t *testing.T) {
	for name, tt := range map[string]struct {
		spoil func(c *terminal)
		says  string
	}{
		"a file": {func(c *terminal) { must(c.t, os.WriteFile(c.env["STEAD_DATA"], nil, 0o600)) }, "is a file"},
		"a folder nobody may write": {func(c *terminal) {
			must(c.t, os.Mkdir(c.env["STEAD_DATA"], 0o700))
			must(c.t, os.Chmod(c.env["STEAD_DATA"], 0o555))
		}, "chmod u=rwx,go= "},
		"a port too far": {func(c *terminal) { c.env["STEAD_ADDR"] = ":99999" }, "1 to 65535"},
	} {
		t.Run(name, func(t *testing.T) {
			c := newTerminal(t)
			tt.spoil(c)
			if code, out, _ := c.run("", "doctor"); code != 1 || !strings.Contains(out, tt.says) {
				t.Errorf("exit %d, %q", code, out)
			}
			left, err := filepath.Glob(filepath.Join(c.env["STEAD_DATA"], "*"))
			if err != nil || len(left) > 0 {
				t.Errorf("it made %v (%v)", left, err)
			}
		})
	}
}
