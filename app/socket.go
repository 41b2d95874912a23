package app

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"stead/app/errs"
)

// The socket in the data folder is how the terminal talks to a running server.
// Whoever may open the file may run every command: it is the owner's alone.

// maxSocketPath is what the smallest of the systems takes.
const maxSocketPath = 100

func (c Config) socket() string {
	path := filepath.Join(c.Data, "stead.sock")
	if len(path) <= maxSocketPath {
		return path
	}
	// A relative path is shorter when the folder is near.
	if wd, err := os.Getwd(); err == nil {
		if rel, err := filepath.Rel(wd, path); err == nil && len(rel) < len(path) {
			return rel
		}
	}
	return path
}

// listenSocket opens the socket, in the place of one that a killed server left:
// the lock of the folder says that nobody listens there.
func listenSocket(ctx context.Context, path string) (net.Listener, error) {
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, err
	}
	l, err := new(net.ListenConfig).Listen(ctx, "unix", path)
	if err != nil {
		return nil, err
	}
	// Until this line the folder, which is 0700, guards it.
	if err := os.Chmod(path, 0o600); err != nil {
		return nil, errors.Join(err, l.Close())
	}
	return l, nil
}

// socketError is an error on its way through the socket.
type socketError struct {
	Kind    errs.Kind         `json:"kind"`
	Message string            `json:"message"`
	Code    string            `json:"code,omitempty"`
	Fields  map[string]string `json:"fields,omitempty"`
}

// socketHandler answers POST /<command>.
func (a *App) socketHandler() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		name := strings.TrimPrefix(r.URL.Path, "/")
		cmd, ok := commands[name]
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 64<<20))
		if !ok || r.Method != http.MethodPost || err != nil {
			writeSocketError(w, &errs.Error{Kind: errs.NotFound, Message: "The server does not know this command: is it of another version?"})
			return
		}
		// What was begun is finished although the terminal went away.
		out, err := cmd.run(context.WithoutCancel(r.Context()), a, body)
		if err != nil {
			if errs.KindOf(err) == errs.Fault {
				a.log.ErrorContext(r.Context(), "command stopped", "route", "socket "+name, "err", err)
			}
			writeSocketError(w, err)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(out) // the terminal may have gone
	})
}

func writeSocketError(w http.ResponseWriter, err error) {
	e := socketError{Kind: errs.KindOf(err), Message: errs.Message(err), Code: errs.CodeOf(err), Fields: errs.Fields(err)}
	if e.Kind == errs.Fault {
		e.Message = err.Error() // whoever reads it is the operator
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(http.StatusUnprocessableEntity) // the kind is in the body
	_ = json.NewEncoder(w).Encode(e)
}

var errNotRunning = errors.New("no server is running")

func isNotRunning(err error) bool { return errors.Is(err, errNotRunning) }

// askSocket runs a command in the server: errNotRunning when there is none.
func askSocket(ctx context.Context, path, name string, in json.RawMessage) (json.RawMessage, error) {
	dialer := net.Dialer{Timeout: 2 * time.Second}
	client := http.Client{Transport: &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return dialer.DialContext(ctx, "unix", path)
	}}}
	defer client.CloseIdleConnections()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://stead/"+name, bytes.NewReader(in))
	if err != nil {
		return nil, err
	}
	resp, err := client.Do(req)
	var opErr *net.OpError
	if errors.As(err, &opErr) && opErr.Op == "dial" {
		return nil, fmt.Errorf("%w: %w", errNotRunning, err)
	}
	if err != nil {
		return nil, fmt.Errorf("the server did not answer: %w", err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		return nil, err
	}
	if resp.StatusCode == http.StatusOK {
		return body, nil
	}
	var e socketError
	if err := json.Unmarshal(body, &e); err != nil {
		return nil, fmt.Errorf("the server's answer was not understood: %w", err)
	}
	return nil, &errs.Error{Kind: e.Kind, Message: e.Message, Code: e.Code, Fields: e.Fields}
}
