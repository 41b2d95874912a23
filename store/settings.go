package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
)

var settingsTables = []Table{
	{Name: "business", Purpose: "running", Retain: Rule{Keep: "head row: one business an instance, goes with the instance"}, Columns: []Columns{
		{Names: "id name country currency timezone privacy_contact hours created_at updated_at", Category: Plain},
	}},
	{Name: "settings", Purpose: "running", Retain: Rule{Keep: "head row: one row a setting, replaced in place"}, Columns: []Columns{
		{Names: "name value updated_at", Category: Plain},
	}},
	{Name: "form_keys", Purpose: "running", Retain: Rule{After: "created_at", Days: 2}, Columns: []Columns{
		{Names: "form_key result created_at", Category: Plain},
	}},
}

// TextBack is how missed calls are answered.
type TextBack struct {
	Enabled       bool   `json:"enabled"`
	BodyOpen      string `json:"body_open"`   // within opening hours; {business} is replaced
	BodyClosed    string `json:"body_closed"` // outside them
	CooldownHours int    `json:"cooldown_hours"`
	DailyCap      int    `json:"daily_cap"`
	RingSeconds   int    `json:"ring_seconds"`
	ThreadMinutes int    `json:"thread_minutes"` // no text when somebody answered the thread this recently
}

// DefaultTextBack is what holds until the owner changes it.
func DefaultTextBack() TextBack {
	return TextBack{
		Enabled:       true,
		BodyOpen:      "Hi, this is {business}. Sorry that we missed your call. How can we help? Reply here and we will answer. Reply STOP for no more texts.",
		BodyClosed:    "Hi, this is {business}. We are closed at the moment. Tell us here what you need and we will answer when we open. Reply STOP for no more texts.",
		CooldownHours: 4,
		DailyCap:      200,
		RingSeconds:   20,
		ThreadMinutes: 60,
	}
}

// Sending is the switch that stops every outgoing message.
type Sending struct {
	Paused bool `json:"paused"`
}

// Quiet are the hours, in the business's time zone, in which nothing that the
// person did not ask for is sent.
type Quiet struct {
	From string `json:"from"` // "21:00"
	To   string `json:"to"`
}

// TextBack returns the setting, or its default.
func (r *Reader) TextBack(ctx context.Context) (TextBack, error) {
	v := DefaultTextBack()
	_, err := r.Setting(ctx, "textback", &v)
	return v, err
}

// Sending returns the setting, or its default.
func (r *Reader) Sending(ctx context.Context) (Sending, error) {
	var v Sending
	_, err := r.Setting(ctx, "sending", &v)
	return v, err
}

// Quiet returns the setting, or its default.
func (r *Reader) Quiet(ctx context.Context) (Quiet, error) {
	v := Quiet{From: "21:00", To: "08:00"}
	_, err := r.Setting(ctx, "quiet", &v)
	return v, err
}

// secondFactor is which roles must have a second factor to sign in.
type secondFactor struct {
	Roles []string `json:"roles"`
}

// SecondFactorRoles lists the ids of the roles whose people must have a second
// factor: none until somebody asks for it.
func (r *Reader) SecondFactorRoles(ctx context.Context) ([]string, error) {
	var v secondFactor
	_, err := r.Setting(ctx, "second_factor", &v)
	return v.Roles, err
}

// SetSecondFactorRoles replaces what SecondFactorRoles lists.
func (tx *Tx) SetSecondFactorRoles(ctx context.Context, roles []string, at int64) error {
	return tx.SetSetting(ctx, "second_factor", secondFactor{Roles: roles}, at)
}

// Setting reads a setting into a pointer and tells whether it was ever set;
// fields that the stored value lacks keep what they were.
func (r *Reader) Setting(ctx context.Context, name string, into any) (bool, error) {
	var value string
	err := r.fault("store.Setting", r.q.QueryRowContext(ctx, `SELECT value FROM settings WHERE name = $1`, name).Scan(&value))
	if errors.Is(err, ErrNotFound) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	if err := json.Unmarshal([]byte(value), into); err != nil {
		return false, fmt.Errorf("store.Setting %s: %w", name, err)
	}
	return true, nil
}

// SetSetting replaces a setting.
func (tx *Tx) SetSetting(ctx context.Context, name string, value any, at int64) error {
	text, err := json.Marshal(value)
	if err != nil {
		return fmt.Errorf("store.SetSetting %s: %w", name, err)
	}
	_, err = tx.q.ExecContext(ctx, `
		INSERT INTO settings (name, value, updated_at) VALUES ($1, $2, $3)
		ON CONFLICT (name) DO UPDATE SET value = excluded.value, updated_at = excluded.updated_at`, name, string(text), at)
	return tx.fault("store.SetSetting", err)
}

// FormResult returns what a form that was submitted before made, or ErrNotFound.
func (r *Reader) FormResult(ctx context.Context, key string) (string, error) {
	var result string
	err := r.q.QueryRowContext(ctx, `SELECT result FROM form_keys WHERE form_key = $1`, key).Scan(&result)
	return result, r.fault("store.FormResult", err)
}

// Once does something for a form that may come twice, and returns what the first
// one made: result, where it is this one. Without a key it is done each time.
func (tx *Tx) Once(ctx context.Context, key, result string, at int64, do func() error) (made string, err error) {
	if key == "" {
		return result, do()
	}
	before, err := tx.FormResult(ctx, key)
	if !errors.Is(err, ErrNotFound) {
		return before, err
	}
	if err := do(); err != nil {
		return "", err
	}
	return result, tx.UseFormKey(ctx, key, result, at)
}

// Once is Tx.Once in a transaction of its own.
func (s *Store) Once(ctx context.Context, key, result string, at int64, do func(*Tx) error) (made string, err error) {
	err = s.InTx(ctx, func(tx *Tx) error {
		made, err = tx.Once(ctx, key, result, at, func() error { return do(tx) })
		return err
	})
	return made, err
}

// UseFormKey notes what a form made, in the transaction that made it:
// ErrConflict when the form was submitted before.
func (tx *Tx) UseFormKey(ctx context.Context, key, result string, at int64) error {
	_, err := tx.q.ExecContext(ctx, `INSERT INTO form_keys (form_key, result, created_at) VALUES ($1, $2, $3)`, key, result, at)
	return tx.fault("store.UseFormKey", err)
}
