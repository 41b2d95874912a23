package crashtest

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"stead/app/apptest"
)

// installation is a built binary with a data folder of its own.
type installation struct {
	t      testing.TB
	binary string
	dir    string
	addr   string
	env    []string
	cmd    *exec.Cmd
	exited chan error
}

// build compiles the product once.
func build(t testing.TB) string {
	t.Helper()
	binary := filepath.Join(t.TempDir(), "stead")
	if out, err := exec.Command("go", "build", "-o", binary, "stead").CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, out)
	}
	return binary
}

// install makes an empty installation that talks to a provider at twilioURL.
func install(t testing.TB, binary, twilioURL string) *installation {
	t.Helper()
	dir := t.TempDir()
	in := &installation{t: t, binary: binary, dir: dir, addr: apptest.FreeAddr(t)}
	in.env = append(os.Environ(),
		"STEAD_DATA="+filepath.Join(dir, "data"),
		"STEAD_KEY_FILE="+filepath.Join(dir, "stead.key"),
		"STEAD_ADDR="+in.addr,
		"STEAD_URL=http://"+in.addr,
		"STEAD_TWILIO_URL="+twilioURL,
	)
	return in
}

func (in *installation) url(path string) string { return "http://" + in.addr + path }

// run executes a command of the product and returns what it printed.
func (in *installation) run(args ...string) (string, error) {
	cmd := exec.Command(in.binary, args...)
	cmd.Env = in.env
	out, err := cmd.CombinedOutput()
	return string(out), err
}

func (in *installation) must(args ...string) string {
	in.t.Helper()
	out, err := in.run(args...)
	if err != nil {
		in.t.Fatalf("stead %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return out
}

// file writes a file beside the data folder, readable by the owner alone.
func (in *installation) file(name, content string) string {
	in.t.Helper()
	path := filepath.Join(in.dir, name)
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		in.t.Fatal(err)
	}
	return path
}

// start launches the server; its log goes to a file beside the data folder.
func (in *installation) start() {
	in.t.Helper()
	log, err := os.OpenFile(filepath.Join(in.dir, "log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		in.t.Fatal(err)
	}
	defer log.Close()
	in.cmd = exec.Command(in.binary, "serve")
	in.cmd.Env, in.cmd.Stdout, in.cmd.Stderr = in.env, log, log
	if err := in.cmd.Start(); err != nil {
		in.t.Fatal(err)
	}
	in.exited = make(chan error, 1)
	go func(cmd *exec.Cmd, exited chan error) { exited <- cmd.Wait() }(in.cmd, in.exited)
}

// ready waits until the server answers and tells how long that took.
func (in *installation) ready() time.Duration {
	in.t.Helper()
	began := time.Now()
	for time.Since(began) < 20*time.Second {
		select {
		case err := <-in.exited:
			in.t.Fatalf("the server ended by itself: %v\n%s", err, in.log())
		default:
		}
		if status, err := get(in.url("/healthz")); err == nil && status == http.StatusOK {
			return time.Since(began)
		}
		time.Sleep(2 * time.Millisecond)
	}
	in.t.Fatalf("the server is not ready after 20 s\n%s", in.log())
	return 0
}

// kill ends the server as a power cut would end a process: at once.
func (in *installation) kill() {
	in.t.Helper()
	if err := in.cmd.Process.Kill(); err != nil {
		in.t.Fatalf("kill: %v\n%s", err, in.log())
	}
	<-in.exited
}

// stop asks the server to end and demands that it does so cleanly.
func (in *installation) stop() {
	in.t.Helper()
	if err := in.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		in.t.Fatal(err)
	}
	select {
	case err := <-in.exited:
		if err != nil {
			in.t.Fatalf("the server ended with %v\n%s", err, in.log())
		}
	case <-time.After(20 * time.Second):
		in.kill()
		in.t.Fatalf("the server was still there 20 s after SIGTERM\n%s", in.log())
	}
}

// log returns the end of the server's log.
func (in *installation) log() string {
	b, _ := os.ReadFile(filepath.Join(in.dir, "log"))
	return string(b[max(0, len(b)-4000):])
}

func get(url string) (int, error) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return 0, err
	}
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		return 0, fmt.Errorf("get: %w", err)
	}
	return res.StatusCode, res.Body.Close()
}
