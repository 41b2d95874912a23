package inbox

import (
	"context"
	"errors"
	"slices"

	"stead/app/gate"
	"stead/app/phone"
	"stead/store"
)

// Facts gathers what the gate needs to know about a message, as it stands in
// r: the same when it is written and when it leaves. Of m it looks at the
// person and their number, class, author and occasion; one that is not written
// yet has no id.
func (s *Service) Facts(ctx context.Context, r *store.Reader, m store.Message) (gate.Facts, error) {
	f, err := s.personal(ctx, r, m.ContactID, m.Peer)
	if err != nil {
		return f, err
	}
	sending, err := r.Sending(ctx)
	if err != nil {
		return f, err
	}
	f.Class, f.Automatic, f.Paused = gate.Class(m.Class), m.Author == "", sending.Paused
	if f.Automatic && !f.Paused {
		f.Paused, err = closing(ctx, r)
		if err != nil {
			return f, err
		}
	}
	if f.Automatic || f.Class != gate.Reply {
		err = s.guard(ctx, r, m, &f)
	}
	return f, err
}

// closing tells that somebody asked to close the business: from then on people
// may still write, and nothing goes out by itself.
func closing(ctx context.Context, r *store.Reader) (bool, error) {
	_, err := r.Closing(ctx)
	if errors.Is(err, store.ErrNotFound) {
		return false, nil
	}
	return err == nil, err
}

// personal is what concerns the person and the number.
func (s *Service) personal(ctx context.Context, r *store.Reader, contactID, peer string) (gate.Facts, error) {
	f := gate.Facts{Now: s.Now(), Hidden: phone.Hidden(peer)}
	contact, err := r.Contact(ctx, contactID)
	if err != nil {
		return f, err
	}
	f.Restricted, f.Blocked, f.Minor = contact.RestrictedAt > 0, contact.BlockedAt > 0, contact.MinorAt > 0
	number := phone.Sender(peer, s.country(ctx, r))
	key := store.MatchKey(number.E164, peer)
	f.FixedLine, f.Premium = number.Type == phone.FixedLine, number.Type == phone.Premium
	if f.PhoneState, err = s.phoneState(ctx, r, contactID, key); err != nil {
		return f, err
	}
	if number.E164 == "" && !f.Hidden {
		f.PhoneState = "invalid" // a short code or a name: nothing that we send reaches it
	}
	hashes, err := s.hashes(ctx, r, contactID, key)
	if err != nil {
		return f, err
	}
	suppressed, err := r.SuppressedAt(ctx, channel, hashes)
	if err != nil {
		return f, err
	}
	f.Suppressed = suppressed > 0
	f.OwnNumber, err = s.ours(ctx, r, peer)
	return f, err
}

func (s *Service) phoneState(ctx context.Context, r *store.Reader, contactID, key string) (string, error) {
	phones, err := r.ContactPhones(ctx, contactID)
	for _, p := range phones {
		if p.MatchKey == key {
			return p.SMSState, err
		}
	}
	return "", err
}

// ours tells the business's own numbers and the phones that ring for them.
func (s *Service) ours(ctx context.Context, r *store.Reader, number string) (bool, error) {
	for provider := range s.Messengers {
		lines, err := r.Lines(ctx, provider)
		if err != nil {
			return false, err
		}
		if slices.ContainsFunc(lines, func(l store.Line) bool { return l.Number == number || slices.Contains(l.ForwardTo, number) }) {
			return true, nil
		}
	}
	return false, nil
}

// country is where a number without a country code belongs.
func (s *Service) country(ctx context.Context, r *store.Reader) string {
	business, err := r.Business(ctx)
	if err != nil {
		return "" // before set-up there is none
	}
	return business.Country
}

// route is the way by which a conversation's next text goes.
type route struct{ provider, line, peer string }

// route finds the number to answer, which is the last that the person used,
// and the line to answer from, which is the one that they used.
func (s *Service) route(ctx context.Context, r *store.Reader, v store.Conversation) (route, error) {
	last, err := s.lastSeen(ctx, r, v.ID)
	if err != nil {
		return route{}, err
	}
	if last.peer == "" {
		phones, err := r.ContactPhones(ctx, v.ContactID)
		if err != nil {
			return route{}, err
		}
		for _, p := range phones {
			if p.E164 != "" {
				last.peer = p.E164
				break
			}
		}
	}
	return s.onLine(ctx, r, last)
}

// lastSeen is how the person reached the business last.
func (s *Service) lastSeen(ctx context.Context, r *store.Reader, conversationID string) (route, error) {
	text, err := r.LastText(ctx, conversationID, "in")
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return route{}, err
	}
	call, err := r.LastCall(ctx, conversationID)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return route{}, err
	}
	if call.StartedAt > text.CreatedAt {
		return route{provider: call.Provider, line: call.Line, peer: call.Peer}, nil
	}
	return route{provider: text.Provider, line: text.Line, peer: text.Peer}, nil
}

// onLine keeps the line while it is still one of ours, and else takes the first.
func (s *Service) onLine(ctx context.Context, r *store.Reader, last route) (route, error) {
	first := route{peer: last.peer}
	for provider := range s.Messengers {
		lines, err := r.Lines(ctx, provider)
		if err != nil {
			return route{}, err
		}
		for _, l := range lines {
			if l.Number == last.line {
				return route{provider: provider, line: l.Number, peer: last.peer}, nil
			}
			if first.line == "" {
				first.provider, first.line = provider, l.Number
			}
		}
	}
	return first, nil
}
