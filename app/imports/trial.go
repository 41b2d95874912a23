package imports

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"stead/store"
)

// trial is some rows that are only looked at: a batch that writes nothing.
type trial struct {
	course
	memory *memory
	store  *store.Store
	here   map[string]*store.Card
}

func (t *trial) prepare(ctx context.Context, rows []row, erased func(int) bool) (err error) {
	if t.holders, err = look(ctx, &t.store.Reader, rows, t.MatchBy); err != nil {
		return err
	}
	for i := range rows {
		if rows[i].reason == "" {
			t.memory.recall(t.holders, rows[i].person.Card, t.settings.Owner)
		}
	}
	if t.Mode == store.ImportAdd { // nobody is changed, so nothing else matters
		t.notions = notions{companies: map[string]store.Company{}, tags: map[string]string{}}
		return nil
	}
	companies, tags := named(rows, erased)
	if _, err := t.know(ctx, &t.store.Reader, companies, tags, func(kind, key string) string { return kind + " " + key }); err != nil {
		return err
	}
	t.here, err = t.foreseen(ctx, &t.store.Reader, rows)
	return err
}

func (t *trial) card(ctx context.Context, id string) (*store.Card, error) {
	if c := t.memory.cards[id]; c != nil {
		return c, nil
	}
	if t.here[id] == nil && !strings.HasPrefix(id, newcomer) {
		if err := cardsInto(ctx, &t.store.Reader, []string{id}, t.here); err != nil {
			return nil, err
		}
	}
	return t.here[id], nil
}

func (t *trial) made(c store.Card) { t.memory.note(t.holders, &c, t.Mode != store.ImportAdd) }

func (t *trial) altered(c *store.Card) { t.memory.note(t.holders, c, true) }

// memory is what the rows of a file would have done so far: who would have which
// number or address, in little room, and as many whole cards as fit.
type memory struct {
	people  []sign            // whom the file named, as they came
	strange map[uint32]holder // those of them who were here before
	at      map[string]uint32 // their places, by id
	first   map[uint64]uint32 // a key to the first who would have it
	more    map[uint64][]uint32
	cards   map[string]*store.Card
}

// maxCards is how many whole cards a check remembers. Beyond, somebody whom a
// file names far above and again is counted as changed.
const maxCards = 50_000

// maxSharing is how many people with one number or address are told apart, as in
// the store.
const maxSharing = 5000

// newcomer begins the ids of those who would come in: behind all that are there,
// in their order.
const newcomer = "~"

func newMemory() memory {
	return memory{strange: map[uint32]holder{}, at: map[string]uint32{}, first: map[uint64]uint32{}, more: map[uint64][]uint32{}, cards: map[string]*store.Card{}}
}

// next is the id of whoever comes in next.
func (m *memory) next() string { return newcomerID(m.size()) }

func newcomerID(at uint32) string { return fmt.Sprintf(newcomer+"%010d", at) }

func (m *memory) size() uint32 { return uint32(len(m.people)) } //nolint:gosec // a file has no such number of lines

// place is where somebody stands among those whom the file named; who does not
// yet gets one.
func (m *memory) place(c *store.Card) uint32 {
	at, known := m.at[c.ID]
	if digits, is := strings.CutPrefix(c.ID, newcomer); is {
		n, _ := strconv.ParseUint(digits, 10, 32) // as newcomerID wrote it
		at, known = uint32(n), uint32(n) < m.size()
	} else if !known {
		at = m.size()
		m.at[c.ID], m.strange[at] = at, holder{id: c.ID, owner: c.OwnerID}
	}
	if !known {
		m.people = append(m.people, sign{})
	}
	return at
}

// note remembers a card as a row would leave it.
func (m *memory) note(h holders, c *store.Card, whole bool) {
	at := m.place(c)
	m.people[at] = signOf(store.Fold(strings.TrimSpace(c.Name)))
	phones, emails := h.keys(*c)
	for _, key := range append(phones, emails...) {
		m.has(hash64(key), at)
	}
	if !whole {
		return
	}
	if _, is := m.cards[c.ID]; !is && len(m.cards) >= maxCards {
		for id := range m.cards {
			delete(m.cards, id)
			break
		}
	}
	m.cards[c.ID] = c
}

func (m *memory) has(key uint64, at uint32) {
	first, is := m.first[key]
	switch {
	case !is:
		m.first[key] = at
	case first != at && !slices.Contains(m.more[key], at) && len(m.more[key]) < maxSharing:
		m.more[key] = append(m.more[key], at)
	}
}

// recall adds to the holders whom the file itself gave what a row names.
func (m *memory) recall(h holders, c store.Card, owner string) {
	phones, emails := h.keys(c)
	for _, list := range []struct {
		keys []string
		of   map[string][]holder
	}{{phones, h.phones}, {emails, h.emails}} {
		for _, key := range list.keys {
			sum := hash64(key)
			first, is := m.first[sum]
			if !is {
				continue
			}
			for _, at := range append([]uint32{first}, m.more[sum]...) {
				who, here := m.strange[at]
				if !here {
					who = holder{id: newcomerID(at), owner: owner}
				}
				who.name = m.people[at]
				list.of[key] = ranked(list.of[key], who)
			}
		}
	}
}
