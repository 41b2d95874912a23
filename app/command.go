package app

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"

	"stead/app/errs"
)

// Command is one thing that the terminal asks of an instance. The same function
// runs in the server, when one is up, and else in the terminal's own process.
type Command struct {
	Name string
	run  func(ctx context.Context, a *App, in json.RawMessage) (any, error)
}

// commands are all that the socket answers, by name.
var commands = map[string]Command{}

// handle is a Command with its types, so that both ends agree on them.
type handle[In, Out any] struct{ name string }

// register makes a command; it is called for package variables alone.
func register[In, Out any](name string, run func(ctx context.Context, a *App, in In) (Out, error)) handle[In, Out] {
	if _, taken := commands[name]; taken {
		panic("app: two commands named " + name)
	}
	commands[name] = Command{Name: name, run: func(ctx context.Context, a *App, raw json.RawMessage) (any, error) {
		var in In
		dec := json.NewDecoder(bytes.NewReader(raw))
		dec.DisallowUnknownFields()
		if err := dec.Decode(&in); err != nil {
			return nil, &errs.Error{Kind: errs.Invalid, Message: "The command was not understood: is the server of another version?", Err: err}
		}
		return run(ctx, a, in)
	}}
	return handle[In, Out]{name}
}

// ask runs the command wherever the instance is.
func (h handle[In, Out]) ask(ctx context.Context, p *Process, in In) (Out, error) {
	var out Out
	raw, err := json.Marshal(in)
	if err != nil {
		return out, err
	}
	answer, err := p.reach(ctx, h.name, raw)
	if err != nil {
		return out, err
	}
	if err := json.Unmarshal(answer, &out); err != nil {
		return out, fmt.Errorf("answer of %s: %w", h.name, err)
	}
	return out, nil
}

// reach asks the running server, or opens the instance under its lock.
func (p *Process) reach(ctx context.Context, name string, in json.RawMessage) (json.RawMessage, error) {
	cfg, err := LoadConfig(p.Getenv)
	if err != nil {
		return nil, err
	}
	if name != askSetup.name {
		if err := cfg.inhabited(); err != nil {
			return nil, err
		}
	}
	answer, err := askSocket(ctx, cfg.socket(), name, in)
	if err == nil || !isNotRunning(err) {
		return answer, err
	}
	a, err := p.open(ctx, cfg)
	if err != nil {
		return nil, err
	}
	out, err := commands[name].run(ctx, a, in)
	if closeErr := a.Close(context.WithoutCancel(ctx)); err == nil {
		err = closeErr
	}
	if err != nil {
		return nil, err
	}
	return json.Marshal(out)
}
