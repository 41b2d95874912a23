package leads

import (
	"context"
	"errors"
	"math"
	"strconv"
	"strings"
	"time"

	"stead/app/email"
	"stead/app/errs"
	"stead/app/people"
	"stead/store"
)

const (
	confirmWithin = 7 * 24 * time.Hour
	sameFor       = 24 * time.Hour  // a form of a foreign page that says the same is the same
	tooQuick      = 2 * time.Second // nobody fills in a form in less
	stampFor      = 7 * 24 * time.Hour
)

var (
	errNoForm = &errs.Error{Kind: errs.NotFound, Code: "no_form", Message: "This form is not there any more."}
	errLater  = &errs.Error{Kind: errs.Unavailable, Code: "locked", RetryAfter: time.Minute, Message: "This cannot be taken just now. Wait a minute, then send it again."}
)

// Form returns the form of an address that is on, or NotFound.
func (s *Service) Form(ctx context.Context, token string) (store.LeadSource, error) {
	src, err := s.Store.LeadSourceByToken(ctx, store.LeadForm, token)
	if errors.Is(err, store.ErrNotFound) || err == nil && !src.Enabled {
		return src, errNoForm
	}
	return src, err
}

// Sent is a form as it was sent.
type Sent struct {
	Answers []Answer
	Key     string // of this very form; empty: a foreign page's
	Stamp   string // when the form was shown; empty: a foreign page's
	Bot     bool   // what nobody sees was filled in
}

// stamp says when a form was shown, so that nobody else can say so.
func (s *Service) stamp(src store.LeadSource, at int64) (string, error) {
	text := strconv.FormatInt(at, 36)
	mac, err := s.Vault.TryHash("lead_form", src.ID, text)
	if err != nil {
		return "", errLater
	}
	return text + "." + mac[:32], nil
}

// hurried tells that a form came back sooner than anybody fills it in, or from a
// page that is older than a week or not ours.
func (s *Service) hurried(src store.LeadSource, stamp string) (bool, error) {
	if stamp == "" {
		return !src.Posts, nil
	}
	at, err := strconv.ParseInt(stamp[:max(0, len(stamp)-33)], 36, 64)
	if err != nil {
		return true, nil //nolint:nilerr // somebody made it up
	}
	want, err := s.stamp(src, at)
	if err != nil {
		return true, err
	}
	age := s.Now().Sub(time.UnixMilli(at))
	return !equal(want, stamp) || age < tooQuick || age > stampFor, nil
}

// TakeForm takes in what somebody sent by a form and tells whether they have to
// confirm it. The same form twice is one lead. errs.Invalid has a sentence for each
// field, by its id, or under "" for all of it: nothing was kept then.
func (s *Service) TakeForm(ctx context.Context, src store.LeadSource, in Sent) (confirm bool, err error) {
	if s.Vault.Locked() {
		return false, errLater
	}
	l := store.LeadRow{ID: s.NewID(), SourceID: src.ID, Kind: src.Kind, State: store.LeadReceived, ReceivedAt: s.Now().UnixMilli()}
	if in.Bot { // it hears nothing of that; a person's browser may have filled it in
		if s.byBot.Take(src.ID) > 0 { // no person looks through that many
			return src.OptIn, nil
		}
		l.State, l.Reason, l.SettledAt = store.LeadDiscarded, reasonBot, l.ReceivedAt
	} else {
		quick, err := s.hurried(src, in.Stamp)
		if err != nil {
			return false, err
		}
		if quick {
			return false, errs.Form(map[string]string{"": "That was very quick. Look at what you wrote, then send it once more."})
		}
		if err := s.check(ctx, src, in.Answers); err != nil {
			return false, err
		}
	}
	l.Answers = writeAnswers(in.Answers)
	if confirm = src.OptIn && !in.Bot; confirm {
		if err := s.ask(ctx, src, in.Answers, &l); err != nil {
			return false, err
		}
	}
	k := known{asks: addressOf(src, in.Answers), says: l.Answers, since: l.ReceivedAt - sameFor.Milliseconds()}
	if in.Key != "" { // who went back and wrote something else meant that as well, and two people may say the same
		k.once, k.since = in.Key+"\n"+l.Answers, never
	}
	_, err = s.accept(ctx, l, k)
	return src.OptIn, err
}

// known is by what a lead is told to have come before: an id of its sender's, or
// what it says, since a time, told in either of two ways.
type known struct {
	once, says, like string
	since            int64
	asks             string // whose address is asked to confirm
}

const never = math.MaxInt64 // since: what it says tells nothing

// check is errs.Invalid, by field, when the answers cannot be understood. What the
// settings of the form are to blame for is not the visitor's to mend.
func (s *Service) check(ctx context.Context, src store.LeadSource, answers []Answer) error {
	m, problems, err := s.prepare(ctx, src, answers)
	if err != nil {
		return err
	}
	if len(problems) == 1 && problems[""] != "" && !people.Nameless(m.person.Card) {
		return nil
	}
	return errs.Form(problems)
}

// hashes gives a lead what it is known by, and returns the other hash of what it
// says.
func (s *Service) hashes(l *store.LeadRow, k known) (like string, err error) {
	if l.BodyHash, err = s.Vault.TryHash("lead_body", l.SourceID, k.says); err != nil {
		return "", errLater
	}
	like = l.BodyHash
	if k.like != "" {
		if like, err = s.Vault.TryHash("lead_body", l.SourceID, k.like); err != nil {
			return "", errLater
		}
	}
	if k.once != "" {
		if l.OnceHash, err = s.Vault.TryHash("lead_once", l.SourceID, k.once); err != nil {
			return "", errLater
		}
	}
	return like, nil
}

// accept writes a lead down, once, and has it dealt with.
func (s *Service) accept(ctx context.Context, l store.LeadRow, k known) (store.LeadRow, error) {
	like, err := s.hashes(&l, k)
	if err != nil {
		return l, err
	}
	act := s.act(me, EventWaiting, l.ID)
	if l.State == store.LeadFailed {
		act.kind = EventFailed
	}
	var kept store.LeadRow
	err = s.Store.InTx(ctx, func(tx *store.Tx) error {
		var fresh bool
		if kept, fresh, err = tx.TakeLead(ctx, l, k.since, like); err != nil || !fresh {
			return err
		}
		switch {
		case l.State == store.LeadFailed:
			err = errors.Join(s.tell(ctx, tx, l.ID, act.at), tx.Record(ctx, act.event()))
		case l.State == store.LeadWaiting && s.often(k.asks, &kept): // the same form twice asks once
			err = tx.SaveLead(ctx, kept)
		case l.State == store.LeadWaiting:
			err = tx.Record(ctx, act.event())
		}
		return err
	})
	if err != nil || kept.State != store.LeadReceived {
		return kept, err
	}
	ctx = context.WithoutCancel(ctx) // it was taken, whoever goes away
	if err := s.Process(ctx, kept.ID); err != nil {
		s.Log.WarnContext(ctx, "a lead waits to be dealt with", "err", err) // Resume goes on
		return kept, nil
	}
	now, err := s.Store.Lead(ctx, kept.ID)
	if errors.Is(err, store.ErrNotFound) {
		return kept, nil
	}
	return now, err
}

// ask decides whether whoever wrote is asked by mail to confirm it. Somebody who
// wants no mail, or whose data is only kept, gets none.
func (s *Service) ask(ctx context.Context, src store.LeadSource, answers []Answer, l *store.LeadRow) error {
	address := addressOf(src, answers)
	key, err := s.Vault.TryHash("email", address)
	if err != nil {
		return errLater
	}
	suppressed, err := s.Store.Suppressed(ctx, "email", key)
	if err != nil {
		return err
	}
	found, err := s.Store.MatchesOf(ctx, store.Everything, store.Likeness{Emails: []string{address}}, 1)
	if err != nil {
		return err
	}
	var c store.Contact
	if len(found) > 0 {
		if c, err = s.Store.Contact(ctx, found[0].ID); err != nil {
			return err
		}
	}
	l.State, l.Reason = store.LeadFailed, ""
	switch {
	case c.BlockedAt != 0:
		l.State, l.Reason, l.SettledAt = store.LeadDiscarded, reasonBlocked, l.ReceivedAt
	case c.RestrictedAt != 0:
		l.Reason = reasonRestricted
	case suppressed:
		l.Reason = reasonSuppressed
	case !s.MailReady(ctx):
		l.Reason = reasonNoMail
	default:
		l.State, l.ConfirmUntil = store.LeadWaiting, l.ReceivedAt+confirmWithin.Milliseconds()
	}
	return nil
}

// often counts that an address is asked to confirm, whatever stands behind a plus
// in it, and discards the lead where that was often enough for today.
func (s *Service) often(address string, l *store.LeadRow) bool {
	if at := strings.LastIndexByte(address, '@'); at > 0 {
		box, _, _ := strings.Cut(address[:at], "+")
		address = box + address[at:]
	}
	if s.byAddress.Take(address) == 0 {
		return false
	}
	l.State, l.Reason, l.SettledAt, l.ConfirmUntil = store.LeadDiscarded, reasonOften, l.ReceivedAt, 0
	return true
}

// addressOf is the address of mail among answers; empty: there is none.
func addressOf(src store.LeadSource, answers []Answer) string {
	for _, f := range src.Fields {
		if f.Target != ToEmail {
			continue
		}
		if a, ok := find(answers, keyOf(src, f)); ok && email.Like(people.Line(a.Value)) {
			return store.Fold(people.Line(a.Value))
		}
	}
	return ""
}

func equal(a, b string) bool {
	same := len(a) == len(b)
	diff := byte(0)
	for i := range min(len(a), len(b)) {
		diff |= a[i] ^ b[i]
	}
	return same && diff == 0
}
