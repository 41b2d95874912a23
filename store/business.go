package store

import (
	"context"
	"encoding/json"
	"fmt"
	"time"
)

// Business is who runs this instance.
type Business struct {
	Name, Country, Currency, Timezone string
	PrivacyContact                    string // email or web address where people ask about their data; empty: not said
	Hours                             Hours
	CreatedAt, UpdatedAt              int64

	zone *time.Location // of the Timezone that was read: it comes from a file
}

// Hours are the opening hours of a week, Monday first: spans of "09:00" to
// "17:00" in local time. A day without a span is closed.
type Hours [7][][2]string

// DefaultHours is Monday to Friday, nine to five.
func DefaultHours() Hours {
	var h Hours
	for day := range 5 {
		h[day] = [][2]string{{"09:00", "17:00"}}
	}
	return h
}

// Location is the business's time zone; UTC if the machine no longer knows it.
func (b Business) Location() *time.Location {
	if b.zone != nil && b.zone.String() == b.Timezone {
		return b.zone
	}
	loc, err := time.LoadLocation(b.Timezone)
	if err != nil {
		return time.UTC
	}
	return loc
}

// Open tells whether the business is open at a moment.
func (b Business) Open(at time.Time) bool {
	local := at.In(b.Location())
	clock := local.Format("15:04")
	for _, span := range b.Hours[(int(local.Weekday())+6)%7] {
		if span[0] <= clock && clock < span[1] {
			return true
		}
	}
	return false
}

// Business returns the business, or ErrNotFound before set-up.
func (r *Reader) Business(ctx context.Context) (Business, error) {
	var b Business
	var hours string
	err := r.q.QueryRowContext(ctx, `SELECT name, country, currency, timezone, privacy_contact, hours, created_at, updated_at FROM business WHERE id = 1`).
		Scan(&b.Name, &b.Country, &b.Currency, &b.Timezone, &b.PrivacyContact, &hours, &b.CreatedAt, &b.UpdatedAt)
	if err != nil {
		return Business{}, r.fault("store.Business", err)
	}
	if err := json.Unmarshal([]byte(hours), &b.Hours); err != nil {
		return Business{}, fmt.Errorf("store.Business: %w", err)
	}
	b.zone = b.Location()
	return b, nil
}

// InsertBusiness creates the business: ErrConflict when there is one.
func (tx *Tx) InsertBusiness(ctx context.Context, b Business) error {
	hours, err := json.Marshal(b.Hours)
	if err != nil {
		return err
	}
	_, err = tx.q.ExecContext(ctx, `
		INSERT INTO business (id, name, country, currency, timezone, privacy_contact, hours, created_at, updated_at)
		VALUES (1, $1, $2, $3, $4, $5, $6, $7, $8)`,
		b.Name, b.Country, b.Currency, b.Timezone, b.PrivacyContact, string(hours), b.CreatedAt, b.UpdatedAt)
	return tx.fault("store.InsertBusiness", err)
}

// SetBusiness changes everything but the day it was created.
func (tx *Tx) SetBusiness(ctx context.Context, b Business) error {
	hours, err := json.Marshal(b.Hours)
	if err != nil {
		return err
	}
	_, err = tx.q.ExecContext(ctx, `
		UPDATE business SET name = $1, country = $2, currency = $3, timezone = $4, privacy_contact = $5, hours = $6, updated_at = $7 WHERE id = 1`,
		b.Name, b.Country, b.Currency, b.Timezone, b.PrivacyContact, string(hours), b.UpdatedAt)
	return tx.fault("store.SetBusiness", err)
}
