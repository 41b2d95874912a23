package team

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"maps"
	"strings"
	"unicode/utf8"

	"stead/app/email"
	"stead/app/errs"
	"stead/app/web"
	"stead/store"
)

// SetUp is what the first run asks.
type SetUp struct {
	Business, Country, Currency, Timezone string
	Hours                                 store.Hours
	PrivacyContact                        string // where people ask about their data: an email or https address, or nothing yet
	OwnerName, OwnerEmail, Password       string
}

// Done says what a set-up made.
type Done struct {
	Owner store.User
}

func (in *SetUp) tidy() {
	for _, s := range []*string{&in.Business, &in.Country, &in.Currency, &in.Timezone, &in.PrivacyContact, &in.OwnerName, &in.OwnerEmail} {
		*s = strings.TrimSpace(*s)
	}
	in.Country, in.Currency = strings.ToUpper(in.Country), strings.ToUpper(in.Currency)
	currency, zone := Defaults(in.Country)
	if in.Currency == "" {
		in.Currency = currency
	}
	if in.Timezone == "" {
		in.Timezone = zone
	}
}

// businessProblems are those of the first page, keyed by form field.
func (in SetUp) businessProblems() map[string]string {
	fields := map[string]string{}
	switch {
	case in.Business == "":
		fields["business"] = "Enter the name of your business."
	case utf8.RuneCountInString(in.Business) > 120:
		fields["business"] = "Use at most 120 characters."
	}
	if !isCountry(in.Country) {
		fields["country"] = "Choose your country."
	}
	if !isCurrency(in.Currency) {
		fields["currency"] = "Choose your currency."
	}
	if !isZone(in.Timezone) {
		fields["timezone"] = "Choose your time zone."
	}
	if _, ok := web.ContactLink(in.PrivacyContact); !ok && in.PrivacyContact != "" {
		fields["privacy_contact"] = "Enter an email address, or a web address that begins with https://."
	}
	maps.Copy(fields, hoursProblems(in.Hours))
	return fields
}

func (in SetUp) ownerProblems() map[string]string {
	fields := map[string]string{}
	switch {
	case in.OwnerName == "":
		fields["owner_name"] = "Enter your name."
	case utf8.RuneCountInString(in.OwnerName) > 120:
		fields["owner_name"] = "Use at most 120 characters."
	}
	if !email.Valid(in.OwnerEmail) {
		fields["owner_email"] = "Enter an email address, like ana@example.com."
	}
	if problem := passwordProblem(in.Password, in.OwnerName, in.OwnerEmail, in.Business); problem != "" {
		fields["password"] = problem
	}
	return fields
}

// SetUp creates the business, its owner and the vault's keys. token is the
// one-time link's, or "" from a terminal on the machine itself. A second set-up
// is an errs.Conflict; a token that is not open is errs.Denied.
func (s *Service) SetUp(ctx context.Context, token string, in SetUp) (Done, error) {
	in.tidy()
	fields := in.businessProblems()
	for name, problem := range in.ownerProblems() {
		fields[name] = problem
	}
	if len(fields) > 0 {
		return Done{}, &errs.Error{Kind: errs.Invalid, Message: "Something is missing or not right.", Fields: fields}
	}
	if err := s.mayStart(ctx, token); err != nil {
		return Done{}, err
	}
	hash, err := s.hasher.hash(ctx, in.Password)
	if err != nil {
		return Done{}, err
	}
	if err := s.Vault.Create(ctx); err != nil {
		return Done{}, err
	}
	return s.create(ctx, token, in, hash)
}

var (
	errSetUpDone = &errs.Error{Kind: errs.Conflict, Message: "This instance is set up already. Sign in instead.", Code: "set_up"}
	errBadLink   = &errs.Error{Kind: errs.Denied, Message: "This set-up link does not work any more. The newest one is in the terminal where Stead was started.", Code: "setup_link"}
)

// mayStart looks before the costly part; create looks again inside.
func (s *Service) mayStart(ctx context.Context, token string) error {
	done, err := s.IsSetUp(ctx)
	switch {
	case err != nil:
		return err
	case done:
		return errSetUpDone
	case token == "":
		return nil
	}
	open, err := s.Store.SetupLinkOpen(ctx, tokenHash(token))
	if err == nil && !open {
		return errBadLink
	}
	return err
}

func (s *Service) create(ctx context.Context, token string, in SetUp, hash string) (Done, error) {
	now := s.Now().UnixMilli()
	business := store.Business{
		Name: in.Business, Country: in.Country, Currency: in.Currency, Timezone: in.Timezone, PrivacyContact: in.PrivacyContact, Hours: in.Hours,
		CreatedAt: now, UpdatedAt: now,
	}
	owner := store.User{
		ID: s.NewID(), Name: in.OwnerName, Email: in.OwnerEmail, EmailKey: email.Key(in.OwnerEmail),
		PasswordHash: hash, Role: "owner", CreatedAt: now, UpdatedAt: now,
	}
	event := store.Event{ID: s.NewID(), Kind: EventSetUp, Subject: owner.ID, Actor: owner.ID, At: now}
	salt := throttleSalt{Key: newToken()}
	err := s.Store.InTx(ctx, func(tx *store.Tx) error {
		if token != "" {
			if open, err := tx.SetupLinkOpen(ctx, tokenHash(token)); err != nil {
				return err
			} else if !open {
				return errBadLink
			}
		}
		if err := tx.InsertBusiness(ctx, business); err != nil {
			return err
		}
		if err := tx.InsertUser(ctx, owner); err != nil {
			return err
		}
		if err := tx.SetSetting(ctx, throttleSetting, salt, now); err != nil {
			return err
		}
		if err := tx.CloseSetupLinks(ctx, now); err != nil {
			return err
		}
		if s.Begin != nil {
			if err := s.Begin(ctx, tx, in.Currency, now); err != nil {
				return err
			}
		}
		return tx.Record(ctx, event)
	})
	if errors.Is(err, store.ErrConflict) {
		return Done{}, errSetUpDone
	}
	return Done{Owner: owner}, err
}

// IsSetUp tells whether there is a business.
func (s *Service) IsSetUp(ctx context.Context) (bool, error) {
	_, err := s.Store.Business(ctx)
	if errors.Is(err, store.ErrNotFound) {
		return false, nil
	}
	return err == nil, err
}

// NewLink makes the one-time path of set-up, in the place of any earlier one;
// "" when there is a business.
func (s *Service) NewLink(ctx context.Context) (string, error) {
	done, err := s.IsSetUp(ctx)
	if err != nil || done {
		return "", err
	}
	token := newToken()
	now := s.Now().UnixMilli()
	err = s.Store.InTx(ctx, func(tx *store.Tx) error { return tx.InsertSetupLink(ctx, tokenHash(token), now) })
	return "/setup/" + token, err
}

// newToken is 256 random bits.
func newToken() string {
	b := make([]byte, 32)
	_, _ = rand.Read(b) // never fails
	return base64.RawURLEncoding.EncodeToString(b)
}

func tokenHash(token string) string {
	sum := sha256.Sum256([]byte(token))
	return hex.EncodeToString(sum[:])
}
