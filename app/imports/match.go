package imports

import (
	"context"
	"hash/fnv"
	"slices"
	"strings"

	"stead/app/access"
	"stead/store"
)

// holder is somebody who has a number or an address of mail.
type holder struct {
	id, owner string
	name      sign
}

// holders are who has the numbers and addresses of some rows, the oldest first.
type holders struct {
	by             string // what people are recognised by
	phones, emails map[string][]holder
}

// look finds who has what the rows name, of those who count for the match.
func look(ctx context.Context, r *store.Reader, rows []row, by string) (holders, error) {
	h := holders{by, map[string][]holder{}, map[string][]holder{}}
	var phones, emails []string
	for i := range rows {
		if rows[i].reason == "" {
			p, e := h.keys(rows[i].person.Card)
			phones, emails = append(phones, p...), append(emails, e...)
		}
	}
	found, err := r.PhoneHolders(ctx, phones)
	if err != nil {
		return h, err
	}
	for _, f := range found {
		h.phones[f.Key] = append(h.phones[f.Key], holder{f.ContactID, f.OwnerID, signOf(f.NameKey)})
	}
	found, err = r.EmailHolders(ctx, emails)
	for _, f := range found {
		h.emails[f.Key] = append(h.emails[f.Key], holder{f.ContactID, f.OwnerID, signOf(f.NameKey)})
	}
	return h, err
}

// keys are what a card is found by, of those who count for the match.
func (h holders) keys(c store.Card) (phones, emails []string) {
	if h.by != store.MatchEmail {
		for _, p := range c.Phones {
			phones = append(phones, store.MatchKey(p.E164, p.Typed))
		}
	}
	if h.by != store.MatchPhone {
		for _, e := range c.Emails {
			emails = append(emails, strings.ToLower(strings.TrimSpace(e.Typed)))
		}
	}
	return phones, emails
}

// learn notes a card as a row has made or left it, for the rows below.
func (h holders) learn(c store.Card) {
	who := holder{c.ID, c.OwnerID, signOf(store.Fold(strings.TrimSpace(c.Name)))}
	phones, emails := h.keys(c)
	for _, key := range phones {
		h.phones[key] = ranked(h.phones[key], who)
	}
	for _, key := range emails {
		h.emails[key] = ranked(h.emails[key], who)
	}
}

// ranked puts somebody in the place that the store would give them.
func ranked(list []holder, who holder) []holder {
	at, is := slices.BinarySearchFunc(list, who.id, func(h holder, id string) int { return strings.Compare(h.id, id) })
	if is {
		list[at] = who
		return list
	}
	return slices.Insert(list, at, who)
}

// of finds whom a row is about: somebody, nobody yet, or why nobody can tell.
//
// A key that one person has is theirs. Where several have it, the name decides.
// Where people are only added, a row with an altogether different name is
// somebody else with the same number, and must not be lost: flag says so.
func (h holders) of(r *row, mode string) (who holder, known bool, reason, flag string) {
	name := signOf(store.Fold(strings.TrimSpace(r.person.Name)))
	phones, emails := h.keys(r.person.Card)
	var found [2]holder
	var has [2]bool
	for i, list := range [2]struct {
		keys []string
		of   map[string][]holder
	}{{phones, h.phones}, {emails, h.emails}} {
		for _, key := range list.keys {
			if has[i] || len(list.of[key]) == 0 {
				continue
			}
			var several bool
			if found[i], has[i], several = choose(list.of[key], name); several && mode != store.ImportAdd {
				return who, false, reasonSeveral, ""
			} else if several {
				flag = flagNamesake
			}
		}
	}
	switch {
	case has[0] && has[1] && found[0].id != found[1].id && mode != store.ImportAdd:
		return who, false, reasonTwo, ""
	case has[0]:
		who, known = found[0], true
	case has[1]:
		who, known = found[1], true
	}
	if known && mode == store.ImportAdd && strange(who.name, name) {
		return holder{}, false, "", flagNamesake
	}
	return who, known, "", flag
}

// choose picks of those who have a key the one whom a name means. several says
// that nobody can tell.
func choose(list []holder, name sign) (who holder, ok, several bool) {
	if len(list) == 1 {
		return list[0], true, false
	}
	for _, h := range list {
		if h.name.whole == name.whole && name.whole != 0 {
			return h, true, false
		}
	}
	return holder{}, false, true
}

// sign is what a name is told from another by: all of it, its first word and its
// last. Who has no name has no sign.
type sign struct {
	whole       uint64
	first, last uint32
}

func signOf(nameKey string) sign {
	words := strings.Fields(nameKey)
	if len(words) == 0 || strings.HasPrefix(nameKey, "+") || strings.HasPrefix(nameKey, "raw:") { // a number stands for who has no name
		return sign{}
	}
	return sign{hash64(nameKey), hash32(words[0]), hash32(words[len(words)-1])}
}

func hash64(text string) uint64 {
	h := fnv.New64a()
	_, _ = h.Write([]byte(text))
	return h.Sum64() | 1
}

func hash32(word string) uint32 {
	h := fnv.New32a()
	_, _ = h.Write([]byte(word))
	return h.Sum32() | 1
}

// strange tells that two names have no word in common; who has none is nobody's
// stranger.
func strange(a, b sign) bool {
	if a == (sign{}) || b == (sign{}) {
		return false
	}
	return a.first != b.first && a.first != b.last && a.last != b.first && a.last != b.last
}

// reachable tells whether an actor may change somebody's contact.
func reachable(actor access.Actor, h holder) bool {
	o := access.Object{Owner: h.owner}
	return access.May(actor, access.ContactsRead, o) && access.May(actor, access.ContactsWrite, o)
}
