package app_test

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"stead/app"
	"stead/app/apptest"
	"stead/store"
	"stead/store/storetest"
)

// terminal runs commands against a data folder of its own.
type terminal struct {
	t   *testing.T
	dir string
	env map[string]string
}

func newTerminal(t *testing.T) *terminal {
	dir := t.TempDir()
	return &terminal{t: t, dir: dir, env: map[string]string{
		"STEAD_DATA": filepath.Join(dir, "data"), "STEAD_KEY_FILE": filepath.Join(dir, "stead.key"), "STEAD_ADDR": apptest.FreeAddr(t),
	}}
}

// buffer may be written and read at the same time.
type buffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (b *buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Write(p)
}

func (b *buffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.String()
}

func (c *terminal) process(in string, args ...string) (p app.Process, out, errs *buffer) {
	out, errs = &buffer{}, &buffer{}
	return app.Process{
		Args: args, Getenv: func(name string) string { return c.env[name] }, Version: "test", Now: time.Now,
		In: strings.NewReader(in), Out: out, Err: errs,
	}, out, errs
}

// run runs one command to its end.
func (c *terminal) run(in string, args ...string) (code int, out, errs string) {
	c.t.Helper()
	p, o, e := c.process(in, args...)
	code = app.Main(c.t.Context(), p)
	return code, o.String(), e.String()
}

func (c *terminal) must(in string, args ...string) string {
	c.t.Helper()
	code, out, errs := c.run(in, args...)
	if code != 0 {
		c.t.Fatalf("stead %s: exit %d\n%s%s", strings.Join(args, " "), code, out, errs)
	}
	return out
}

// serve starts a server; stop ends it and returns its exit status.
func (c *terminal) serve() (out *buffer, stop func() int) {
	c.t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	p, out, errs := c.process("", "serve")
	done := make(chan int, 1)
	go func() { done <- app.Main(ctx, p) }()
	deadline := time.Now().Add(10 * time.Second)
	for !strings.Contains(out.String(), "http") {
		select {
		case code := <-done:
			c.t.Fatalf("the server ended with %d: %s", code, errs.String())
		default:
		}
		if time.Now().After(deadline) {
			c.t.Fatalf("the server does not come up: %s", errs.String())
		}
		pause()
	}
	once := sync.OnceValue(func() int {
		cancel()
		return <-done
	})
	c.t.Cleanup(func() { once() })
	return out, once
}

func pause() {
	tick := time.NewTimer(5 * time.Millisecond)
	<-tick.C
}

var setupArgs = []string{
	"setup", "--business", "Brightwater", "--country", "PT", "--currency", "EUR", "--timezone", "Europe/Lisbon",
	"--owner-name", "Ana", "--owner-email", "ana@example.com", "--password-file", "-", "--json",
}

const goodPassword = "kettle blue harbour seven\n"

func TestSetUpWithAndWithoutAServer(t *testing.T) {
	for _, running := range []bool{false, true} {
		name := map[bool]string{false: "no server", true: "a server"}[running]
		t.Run(name, func(t *testing.T) {
			c := newTerminal(t)
			if running {
				c.serve()
			}
			if code, _, errs := c.run("short", setupArgs...); code != 1 || !strings.Contains(errs, "--password") {
				t.Errorf("a short password: exit %d, %q", code, errs)
			}
			var answer struct {
				Business string `json:"business"`
				OwnerID  string `json:"owner_id"`
			}
			if err := json.Unmarshal([]byte(c.must(goodPassword, setupArgs...)), &answer); err != nil || answer.Business != "Brightwater" || answer.OwnerID == "" {
				t.Errorf("answer %+v, %v", answer, err)
			}
			if code, _, errs := c.run(goodPassword, setupArgs...); code != 1 || !strings.Contains(errs, "set up already") {
				t.Errorf("a second set-up: exit %d, %q", code, errs)
			}
			if out := c.must("", "vault", "status", "--json"); !strings.Contains(out, `"state": "open"`) {
				t.Errorf("vault: %s", out)
			}
			c.must("", "audit", "verify")
			if out := c.must("", "sweep", "--dry-run", "--json"); !strings.Contains(out, `"rule"`) || !strings.Contains(out, `"rows"`) {
				t.Errorf("sweep: %s", out)
			}
			if out := c.must("", "person", "find", "nobody", "--json"); strings.TrimSpace(out) != "[]" {
				t.Errorf("find: %q", out)
			}
			info, err := os.Stat(c.env["STEAD_KEY_FILE"])
			if err != nil || info.Mode().Perm() != 0o600 {
				t.Errorf("key file: %v, %v", info, err)
			}
		})
	}
}

func TestSecondServerGivesWay(t *testing.T) {
	c := newTerminal(t)
	c.serve()
	began := time.Now()
	code, _, errs := c.run("", "serve")
	if code != 75 || !strings.Contains(errs, "pid") {
		t.Errorf("exit %d, %q; want 75 and the pid", code, errs)
	}
	if took := time.Since(began); took > time.Second {
		t.Errorf("it took %v", took)
	}
}

func TestServerStopsInGoodOrder(t *testing.T) {
	c := newTerminal(t)
	c.must(goodPassword, setupArgs...)
	_, stop := c.serve()
	resp, err := http.Get("http://" + c.env["STEAD_ADDR"] + "/healthz")
	if err != nil || resp.StatusCode != http.StatusOK {
		t.Fatalf("%v, %v", resp, err)
	}
	resp.Body.Close()
	info, err := os.Stat(filepath.Join(c.env["STEAD_DATA"], "stead.sock"))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("socket: %v, %v", info, err)
	}
	if code := stop(); code != 0 {
		t.Errorf("exit %d, want 0", code)
	}
	if _, err := os.Stat(filepath.Join(c.env["STEAD_DATA"], "stead.sock")); !os.IsNotExist(err) {
		t.Errorf("the socket is left: %v", err)
	}
	if wal, err := os.Stat(filepath.Join(c.env["STEAD_DATA"], "stead.db-wal")); err == nil && wal.Size() > 0 {
		t.Errorf("the log of the database holds %d bytes", wal.Size())
	}
}

func TestFoldersThatCannotBeUsed(t *testing.T) {
	c := newTerminal(t)
	c.must(goodPassword, setupArgs...)
	db := filepath.Join(c.env["STEAD_DATA"], "stead.db")
	for name, tt := range map[string]struct {
		spoil func(t *testing.T)
		says  string
	}{
		"a file in the place of the folder": {func(t *testing.T) {
			c.env["STEAD_DATA"] = filepath.Join(c.dir, "file")
			must(t, os.WriteFile(c.env["STEAD_DATA"], nil, 0o600))
		}, "file"},
		"a newer schema": {func(t *testing.T) {
			storetest.MakeNewer(t, db)
		}, "newer version"},
		"a ledger newer than the database": {func(t *testing.T) {
			must(t, os.WriteFile(filepath.Join(c.env["STEAD_DATA"], store.LedgerFile), []byte("{\"seq\":1}\n"), 0o600))
		}, "ledger"},
	} {
		t.Run(name, func(t *testing.T) {
			before := c.env["STEAD_DATA"]
			copyOf := filepath.Join(t.TempDir(), "data")
			must(t, os.CopyFS(copyOf, os.DirFS(before)))
			c.env["STEAD_DATA"], db = copyOf, filepath.Join(copyOf, "stead.db")
			defer func() { c.env["STEAD_DATA"] = before }()
			tt.spoil(t)
			code, _, errs := c.run("", "serve")
			if code != 1 || !strings.Contains(errs, tt.says) || strings.Contains(errs, "panic") {
				t.Errorf("exit %d, %q; want 1 and a sentence with %q", code, errs, tt.says)
			}
		})
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestHelpNamesEveryCommand(t *testing.T) {
	c := newTerminal(t)
	out := c.must("", "--help")
	for _, command := range []string{"serve", "demo", "setup", "connect twilio", "disconnect", "vault status", "vault unlock", "person find", "person erase", "person prove", "person merge", "person unmerge", "sweep", "audit verify", "doctor", "config", "version"} {
		if !strings.Contains(out, "  "+command+" ") {
			t.Errorf("help lacks %q:\n%s", command, out)
		}
	}
	if code, _, errs := c.run("", "nonsense"); code != 64 || !strings.Contains(errs, "--help") {
		t.Errorf("nonsense: exit %d, %q", code, errs)
	}
}

func TestConfigurationProblemsComeTogether(t *testing.T) {
	c := newTerminal(t)
	for name, value := range map[string]string{
		"STEAD_ADDR": "nowhere", "STEAD_LOG": "xml", "STEAD_URL": "ftp://x", "STEAD_TRUSTED_PROXIES": "me", "STEAD_TWILIO_URL": "twilio", "STEAD_DOMAIN": "https://crm.example.com:443", "STEAD_PRIVATE_HOSTS": "https://login.example/",
	} {
		c.env[name] = value
	}
	code, _, errs := c.run("", "config")
	if code != 1 {
		t.Errorf("exit %d", code)
	}
	for _, name := range []string{"STEAD_ADDR", "STEAD_LOG", "STEAD_URL", "STEAD_TRUSTED_PROXIES", "STEAD_TWILIO_URL", "STEAD_DOMAIN", "STEAD_PRIVATE_HOSTS"} {
		if !strings.Contains(errs, name) {
			t.Errorf("nothing is said of %s:\n%s", name, errs)
		}
	}
}

func TestDefaultsNeedNothing(t *testing.T) {
	cfg, err := app.LoadConfig(func(string) string { return "" })
	if err != nil || cfg.Addr != "127.0.0.1:8080" || cfg.URL != "http://127.0.0.1:8080" || filepath.Base(cfg.Data) != "data" {
		t.Errorf("%+v, %v", cfg, err)
	}
	cfg, err = app.LoadConfig(func(name string) string {
		return map[string]string{"STEAD_ADDR": ":9000", "XDG_CONFIG_HOME": "/x", "STEAD_TRUSTED_PROXIES": "10.0.0.1, 192.168.0.0/16", "STEAD_TWILIO_URL": "https://me:secret@twilio.example"}[name]
	})
	if err != nil || cfg.URL != "http://127.0.0.1:9000" || !strings.HasPrefix(cfg.KeyFile, "/x/stead/") || len(cfg.Trusted) != 2 {
		t.Errorf("%+v, %v", cfg, err)
	}
	var out bytes.Buffer
	if err := cfg.Print(&out); err != nil || strings.Contains(out.String(), "secret") {
		t.Errorf("printed: %s", out.String())
	}
}
