package imports

import (
	"context"
	"hash/fnv"
	"strings"

	"stead/app/access"
	"stead/store"
)

// holders are who has the numbers and addresses of some rows.
type holders struct {
	phones, emails map[string][]store.KeyHolder
}

// look finds who has what the rows name, of those who count for the match.
func look(ctx context.Context, r *store.Reader, rows []row, by string) (holders, error) {
	var phones, emails []string
	for i := range rows {
		if rows[i].reason != "" {
			continue
		}
		p, e := rows[i].person.Keys()
		if by != store.MatchEmail {
			phones = append(phones, p...)
		}
		if by != store.MatchPhone {
			emails = append(emails, e...)
		}
	}
	h := holders{map[string][]store.KeyHolder{}, map[string][]store.KeyHolder{}}
	found, err := r.PhoneHolders(ctx, phones)
	if err != nil {
		return h, err
	}
	for _, f := range found {
		h.phones[f.Key] = append(h.phones[f.Key], f)
	}
	found, err = r.EmailHolders(ctx, emails)
	for _, f := range found {
		h.emails[f.Key] = append(h.emails[f.Key], f)
	}
	return h, err
}

// add notes somebody who is about to be made.
func (h holders) add(person *row, nameKey, owner, by string) {
	phones, emails := person.person.Keys()
	if by != store.MatchEmail {
		for _, key := range phones {
			h.phones[key] = append(h.phones[key], store.KeyHolder{Key: key, ContactID: person.person.ID, NameKey: nameKey, OwnerID: owner})
		}
	}
	if by != store.MatchPhone {
		for _, key := range emails {
			h.emails[key] = append(h.emails[key], store.KeyHolder{Key: key, ContactID: person.person.ID, NameKey: nameKey, OwnerID: owner})
		}
	}
}

// of finds whom a row is about: somebody, nobody yet, or why nobody can tell.
//
// A key that one person has is theirs. Where several have it, the name decides.
// Where people are only added, a row with an altogether different name is
// somebody else with the same number, and must not be lost: flag says so.
func (h holders) of(r *row, mode string) (who store.KeyHolder, known bool, reason, flag string) {
	name := store.Fold(strings.TrimSpace(r.person.Name))
	phones, emails := r.person.Keys()
	var found [2]store.KeyHolder
	var has [2]bool
	for i, list := range [2]struct {
		keys []string
		of   map[string][]store.KeyHolder
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
	case has[0] && has[1] && found[0].ContactID != found[1].ContactID && mode != store.ImportAdd:
		return who, false, reasonTwo, ""
	case has[0]:
		who, known = found[0], true
	case has[1]:
		who, known = found[1], true
	}
	if known && mode == store.ImportAdd && strange(mark(who.NameKey), mark(name)) {
		return store.KeyHolder{}, false, "", flagNamesake
	}
	return who, known, "", flag
}

// choose picks of those who have a key the one whom a name means. several says
// that nobody can tell.
func choose(list []store.KeyHolder, name string) (who store.KeyHolder, ok, several bool) {
	distinct := map[string]bool{}
	for _, h := range list {
		distinct[h.ContactID] = true
	}
	if len(distinct) == 1 {
		return list[0], true, false
	}
	for _, h := range list {
		if h.NameKey == name && name != "" {
			return h, true, false
		}
	}
	return store.KeyHolder{}, false, true
}

// mark is what a name is told from another by: its first and its last word.
type marks struct{ first, last uint32 }

func mark(nameKey string) marks {
	words := strings.Fields(nameKey)
	if len(words) == 0 || strings.HasPrefix(nameKey, "+") || strings.HasPrefix(nameKey, "raw:") { // a number stands for who has no name
		return marks{}
	}
	return marks{hash32(words[0]), hash32(words[len(words)-1])}
}

func hash32(word string) uint32 {
	h := fnv.New32a()
	_, _ = h.Write([]byte(word))
	return h.Sum32() | 1
}

// strange tells that two names have no word in common; who has none is nobody's
// stranger.
func strange(a, b marks) bool {
	if a == (marks{}) || b == (marks{}) {
		return false
	}
	return a.first != b.first && a.first != b.last && a.last != b.first && a.last != b.last
}

// reachable tells whether an actor may change somebody's contact.
func reachable(actor access.Actor, h store.KeyHolder) bool {
	o := access.Object{Owner: h.OwnerID}
	return access.May(actor, access.ContactsRead, o) && access.May(actor, access.ContactsWrite, o)
}
