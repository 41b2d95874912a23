package contacts_test

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"log/slog"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"stead/app/access"
	"stead/app/contacts"
	"stead/app/errs"
	"stead/app/people"
	"stead/store"
	"stead/store/storetest"
)

var (
	owner    = access.Owner("u1")
	onlooker = access.Actor{ID: "u2", Kind: access.User, May: map[access.Permission]access.Reach{access.ContactsRead: access.All}}
	stranger = access.Actor{ID: "u3", Kind: access.User}
)

const noon = 1_795_262_400_000 // 21 November 2026, 12:00 UTC

// ledger remembers what it was told of restrictions.
type ledger struct{ told []string }

func (l *ledger) NoteRestriction(_ context.Context, _ *store.Tx, contactID string, restricted bool, at int64) error {
	l.told = append(l.told, fmt.Sprint(contactID, " ", restricted, " ", at))
	return nil
}

// hash stands for the vault's keyed hash, and costs as much.
func hash(number string) (string, error) {
	mac := hmac.New(sha256.New, []byte("a key of thirty-two bytes or more"))
	mac.Write([]byte(number))
	return hex.EncodeToString(mac.Sum(nil)), nil
}

func hashed(number string) string {
	h, _ := hash(number)
	return h
}

type kit struct {
	*contacts.Service
	st     *store.Store
	ledger *ledger
	undo   *string // what the last change said takes it back
}

// newKit returns the service of a Portuguese business at noon, with counted ids.
func newKit(t testing.TB) kit {
	t.Helper()
	k := kit{st: storetest.New(t), ledger: &ledger{}, undo: new(string)}
	inTx(t, k.st, func(tx *store.Tx) error {
		return tx.InsertBusiness(t.Context(), store.Business{Name: "Brightwater", Country: "PT", Currency: "EUR", Timezone: "Europe/Lisbon"})
	})
	var n atomic.Int64
	k.Service = contacts.New(contacts.Deps{
		Store: k.st, AddressHash: hash, Restrictions: k.ledger, Log: slog.New(slog.DiscardHandler),
		Say:   func(_ context.Context, _, undoID string) { *k.undo = undoID },
		Now:   func() time.Time { return time.UnixMilli(noon) },
		NewID: func() string { return fmt.Sprintf("id%04d", n.Add(1)) },
	})
	t.Cleanup(func() {
		if err := k.Close(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return k
}

func inTx(t testing.TB, st *store.Store, fn func(*store.Tx) error) {
	t.Helper()
	if err := st.InTx(t.Context(), fn); err != nil {
		t.Fatal(err)
	}
}

func (k kit) create(t testing.TB, in person) string {
	t.Helper()
	saved, err := k.Create(t.Context(), owner, in.draft(), contacts.Creation{Anyway: true})
	if err != nil {
		t.Fatal(err)
	}
	return saved.ID
}

// person is what a test says of somebody, in short.
type person struct {
	Name, Company, About string
	Phones, Emails       []string
}

func (p person) draft() people.Draft {
	d := people.Draft{Name: p.Name, About: p.About}
	for _, typed := range p.Phones {
		d.Phones = append(d.Phones, people.Point{Typed: typed})
	}
	for _, typed := range p.Emails {
		d.Emails = append(d.Emails, people.Point{Typed: typed})
	}
	if p.Company != "" {
		d.Companies = []people.Job{{Company: p.Company}}
	}
	return d
}

// only is the error of a change.
func only[T any](_ T, err error) error { return err }

// edition is what an editor of a version makes of somebody.
func edition(version int64, p person) contacts.Edition {
	parts := []string{people.SlotName, people.SlotPhones, people.SlotEmails, people.SlotCompanies, people.SlotAbout}
	return contacts.Edition{Draft: p.draft(), Parts: parts, Version: version}
}

var ana = person{Name: "Ana Sousa", Company: "Willow Lane", Phones: []string{"912 345 678", ""}, Emails: []string{"Ana@Example.com"}}

func TestCreateUnderstandsWhatWasTyped(t *testing.T) {
	for name, tc := range map[string]struct {
		in   person
		want string // name | company | about | phones | emails
	}{
		"a local number":                   {ana, "Ana Sousa|Willow Lane||+351912345678|Ana@Example.com"},
		"spaces and line breaks in a name": {person{Name: "  Ana \n  Sousa "}, "Ana Sousa||||"},
		"emoji and right-to-left":          {person{Name: "علي 🚀 Ng"}, "علي 🚀 Ng||||"},
		"three hundred characters":         {person{Name: strings.Repeat("é", 300)}, strings.Repeat("é", 300) + "||||"},
		"the same number twice":            {person{Phones: []string{"+351 912 345 678", "912345678"}}, "|||+351912345678|"},
		"a card number in free text":       {person{Name: "Ana", About: "pays with 4111 1111 1111 1111"}, "Ana||pays with •••• 1111||"},
		"control characters":               {person{Name: "A\x00na\x1b", About: "one\r\ntwo"}, "Ana||one\ntwo||"},
	} {
		t.Run(name, func(t *testing.T) {
			k := newKit(t)
			card, err := k.Card(t.Context(), owner, k.create(t, tc.in), contacts.Place{})
			if err != nil {
				t.Fatal(err)
			}
			var phones, emails []string
			for _, p := range card.Phones {
				phones = append(phones, p.E164)
			}
			for _, e := range card.Emails {
				emails = append(emails, e.Typed)
			}
			got := strings.Join([]string{card.Name, card.Company, card.About, strings.Join(phones, ","), strings.Join(emails, ",")}, "|")
			if got != tc.want {
				t.Errorf("got %q, want %q", got, tc.want)
			}
		})
	}
}

func TestCreateIsRecordedOnce(t *testing.T) {
	k := newKit(t)
	how := contacts.Creation{Key: "key-of-a-form-0001"}
	first, err := k.Create(t.Context(), owner, ana.draft(), how)
	if err != nil {
		t.Fatal(err)
	}
	again, err := k.Create(t.Context(), owner, ana.draft(), how)
	if err != nil || again.ID != first.ID {
		t.Errorf("the same form again made %q, %v; want %q", again.ID, err, first.ID)
	}
	events, err := k.st.EventsOf(t.Context(), first.ID)
	if err != nil || len(events) != 1 || events[0].Kind != contacts.EventCreated || events[0].Data != "{}" {
		t.Errorf("events = %+v, %v", events, err)
	}
	if n, _, err := k.st.AuditHead(t.Context()); n != 1 || err != nil {
		t.Errorf("audit = %d entries, %v; want 1", n, err)
	}
}

func TestChangesAreRefused(t *testing.T) {
	long := strings.Repeat("x", 10_001)
	for name, tc := range map[string]struct {
		do    func(k kit, id string) error
		kind  errs.Kind
		field string
	}{
		"creating: nothing typed":       {create(owner, person{}), errs.Invalid, "name"},
		"creating: letters in a number": {create(owner, person{Phones: []string{"", "call me"}}), errs.Invalid, "phone2"},
		"creating: a card as a number":  {create(owner, person{Phones: []string{"4111 1111 1111 1111"}}), errs.Invalid, "phone1"},
		"creating: no address":          {create(owner, person{Name: "A", Emails: []string{"a@b@c.pt"}}), errs.Invalid, "email1"},
		"creating: too much text":       {create(owner, person{Name: "A", About: long}), errs.Invalid, "about"},
		"creating: may only read":       {create(onlooker, ana), errs.Denied, ""},
		"creating: somebody has the number": {func(k kit, _ string) error {
			_, err := k.Create(context.Background(), owner, person{Phones: []string{"+351 912 345 678"}}.draft(), contacts.Creation{})
			return err
		}, errs.Conflict, ""},
		"creating: somebody has the address": {func(k kit, _ string) error {
			_, err := k.Create(context.Background(), owner, person{Emails: []string{"ana@example.com"}}.draft(), contacts.Creation{})
			return err
		}, errs.Conflict, ""},
		"editing: nothing left": {func(k kit, id string) error {
			return only(k.Edit(context.Background(), owner, id, edition(1, person{})))
		}, errs.Invalid, "name"},
		"editing: an older version": {func(k kit, id string) error {
			return only(k.Edit(context.Background(), owner, id, edition(0, person{Name: "Annie"})))
		}, errs.Conflict, ""},
		"editing: may only read":     {func(k kit, id string) error { return only(k.Edit(context.Background(), onlooker, id, edition(1, ana))) }, errs.Denied, ""},
		"editing: nobody there":      {func(k kit, _ string) error { return only(k.Edit(context.Background(), owner, "no", edition(1, ana))) }, errs.NotFound, ""},
		"blocking: may only read":    {func(k kit, id string) error { return only(k.Block(context.Background(), onlooker, id)) }, errs.Denied, ""},
		"blocking: nobody there":     {func(k kit, _ string) error { return only(k.Block(context.Background(), owner, "no")) }, errs.NotFound, ""},
		"restricting: no reason":     {func(k kit, id string) error { return k.Restrict(context.Background(), owner, id, " \n") }, errs.Invalid, "reason"},
		"restricting: may only read": {func(k kit, id string) error { return k.Restrict(context.Background(), onlooker, id, "asked") }, errs.Denied, ""},
		"a note: nothing in it": {func(k kit, id string) error {
			return only(k.Notebook().AddNote(context.Background(), owner, id, "\x00 ", ""))
		}, errs.Invalid, "body"},
		"a note: too long": {func(k kit, id string) error {
			return only(k.Notebook().AddNote(context.Background(), owner, id, long, ""))
		}, errs.Invalid, "body"},
		"a note: may only read": {func(k kit, id string) error {
			return only(k.Notebook().AddNote(context.Background(), onlooker, id, "hello", ""))
		}, errs.Denied, ""},
		"a note: nobody there": {func(k kit, _ string) error {
			return only(k.Notebook().AddNote(context.Background(), owner, "no", "hello", ""))
		}, errs.NotFound, ""},
		"finishing: no such task":  {func(k kit, _ string) error { return k.FinishTask(context.Background(), owner, "no") }, errs.NotFound, ""},
		"finishing: may only read": {func(k kit, _ string) error { return k.FinishTask(context.Background(), onlooker, "task") }, errs.Denied, ""},
		"looking: may not": {func(k kit, id string) error {
			_, err := k.Card(context.Background(), stranger, id, contacts.Place{})
			return err
		}, errs.Denied, ""},
		"looking: nobody there": {func(k kit, _ string) error {
			_, err := k.Card(context.Background(), owner, "no", contacts.Place{})
			return err
		}, errs.NotFound, ""},
		"listing: may not": {func(k kit, _ string) error { _, err := k.Find(context.Background(), stranger, "a", "", ""); return err }, errs.Denied, ""},
	} {
		t.Run(name, func(t *testing.T) {
			k := newKit(t)
			id := k.create(t, ana)
			inTx(t, k.st, func(tx *store.Tx) error {
				return tx.InsertTask(t.Context(), store.Task{ID: "task", ContactID: id, Kind: "call_back"})
			})
			before := k.state(t, id)
			err := tc.do(k, id)
			if got := errs.KindOf(err); err == nil || got != tc.kind {
				t.Errorf("kind = %v (%v), want %v", got, err, tc.kind)
			}
			if _, ok := errs.Fields(err)[tc.field]; tc.field != "" && !ok {
				t.Errorf("fields = %v, want one for %s", errs.Fields(err), tc.field)
			}
			if after := k.state(t, id); after != before {
				t.Errorf("a refused change left its mark:\n%s\n%s", before, after)
			}
		})
	}
}

func create(actor access.Actor, in person) func(kit, string) error {
	return func(k kit, _ string) error {
		_, err := k.Create(context.Background(), actor, in.draft(), contacts.Creation{Anyway: true})
		return err
	}
}

// state is all that a change of contacts could touch.
func (k kit) state(t *testing.T, id string) string {
	t.Helper()
	c, err := k.st.Contact(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	page, _ := k.st.Contacts(t.Context(), store.Everything, store.ContactOrder{}, store.Page{})
	phones, _ := k.st.ContactPhones(t.Context(), id)
	_, conversation := k.st.ConversationOf(t.Context(), id)
	tasks, _ := k.st.CountOpenTasks(t.Context(), store.Everything)
	entries, _, _ := k.st.AuditHead(t.Context())
	return fmt.Sprintln(c, page, phones, conversation, tasks, entries, k.ledger.told)
}

func TestEditKeepsASenderThatIsNoNumber(t *testing.T) {
	k := newKit(t)
	inTx(t, k.st, func(tx *store.Tx) error {
		return tx.InsertContact(t.Context(), store.Contact{ID: "bank", Source: "sms"}, []store.Phone{{ID: "p", Typed: "BANCO"}}, nil)
	})
	if _, err := k.Edit(t.Context(), owner, "bank", edition(1, person{Name: "My bank", Phones: []string{"BANCO", "912345678"}})); err != nil {
		t.Fatal(err)
	}
	phones, err := k.st.ContactPhones(t.Context(), "bank")
	if err != nil || len(phones) != 2 || phones[0].ID != "p" || phones[0].MatchKey != "raw:banco" {
		t.Errorf("phones = %+v, %v", phones, err)
	}
}

func TestBlockAndRestrictCountOnce(t *testing.T) {
	k := newKit(t)
	id := k.create(t, ana)
	for range 2 {
		if _, err := k.Block(t.Context(), owner, id); err != nil {
			t.Fatal(err)
		}
		if err := k.Restrict(t.Context(), owner, id, "she asked, card 4111111111111111"); err != nil {
			t.Fatal(err)
		}
	}
	c, err := k.st.Contact(t.Context(), id)
	if err != nil || c.BlockedAt != noon || c.RestrictedAt != noon || c.Restriction != "she asked, card •••• 1111" {
		t.Errorf("contact = %+v, %v", c, err)
	}
	for range 2 {
		if _, err := k.Unblock(t.Context(), owner, id); err != nil {
			t.Fatal(err)
		}
		if err := k.Unrestrict(t.Context(), owner, id); err != nil {
			t.Fatal(err)
		}
	}
	if c, _ = k.st.Contact(t.Context(), id); c.BlockedAt != 0 || c.RestrictedAt != 0 || c.Restriction != "" {
		t.Errorf("contact = %+v; want nothing left of it", c)
	}
	if got, want := fmt.Sprint(k.ledger.told), fmt.Sprintf("[%s true %d %s false %d]", id, noon, id, noon); got != want {
		t.Errorf("the ledger was told %s, want %s", got, want)
	}
	if n, _, _ := k.st.AuditHead(t.Context()); n != 5 {
		t.Errorf("audit = %d entries, want 5: create and four changes", n)
	}
}

func TestNoteStandsOnTheCardOnce(t *testing.T) {
	k := newKit(t)
	id := k.create(t, ana)
	for range 2 {
		if _, err := k.Notebook().AddNote(t.Context(), owner, id, " wants a quote\r\nby May ", "key-of-a-note-00001"); err != nil {
			t.Fatal(err)
		}
	}
	card, err := k.Card(t.Context(), owner, id, contacts.Place{})
	if err != nil || len(card.Timeline.Items) != 2 || card.Conversation == "" || card.Timeline.Items[1].Change == nil {
		t.Fatalf("timeline = %+v, %v; want one note, and before it the creation", card.Timeline, err)
	}
	if got := card.Timeline.Items[0].Note.Body; got != "wants a quote\nby May" {
		t.Errorf("note = %q", got)
	}
}

func TestTimelineComesInPages(t *testing.T) {
	k := newKit(t)
	id := k.create(t, ana)
	for i := range 25 {
		if _, err := k.Notebook().AddNote(t.Context(), owner, id, fmt.Sprint("note ", i), ""); err != nil {
			t.Fatal(err)
		}
	}
	first, err := k.Timeline(t.Context(), owner, id, contacts.Place{Kind: store.StoryNotes})
	if err != nil || len(first.Items) != 20 || first.Items[0].Note.Body != "note 24" {
		t.Fatalf("first page = %d items, %v", len(first.Items), err)
	}
	second, err := k.Timeline(t.Context(), owner, id, contacts.Place{Kind: store.StoryNotes, After: first.Next})
	if err != nil || len(second.Items) != 5 || second.Items[0].Note.Body != "note 4" || second.Next != "" {
		t.Errorf("second page = %+v, %v", second, err)
	}
}

func TestListShowsOptOuts(t *testing.T) {
	k := newKit(t)
	id := k.create(t, ana)
	inTx(t, k.st, func(tx *store.Tx) error {
		_, err := tx.Suppress(t.Context(), "sms", hashed("+351912345678"), "stop", noon)
		return err
	})
	roll, err := k.Find(t.Context(), owner, "5678", "", "")
	if err != nil || len(roll.Rows) != 1 || !roll.OptedOut["+351912345678"] {
		t.Errorf("roll = %+v, %v", roll, err)
	}
	card, err := k.Card(t.Context(), owner, id, contacts.Place{})
	if err != nil || !card.OptOutsKnown || !card.OptedOut["+351912345678"] {
		t.Errorf("card = %+v, %v", card, err)
	}
}

func TestMatchesAreByNumberThenByName(t *testing.T) {
	k := newKit(t)
	id := k.create(t, ana)
	for name, tc := range map[string]struct {
		in   person
		want int
	}{
		"the same number":          {person{Name: "Somebody", Phones: []string{"00351 912 345 678"}}, 1},
		"the same address":         {person{Emails: []string{" ana@EXAMPLE.com"}}, 1},
		"the beginning of a name":  {person{Name: "sou"}, 1},
		"nothing typed":            {person{}, 0},
		"half a number, no letter": {person{Phones: []string{"91"}}, 0},
	} {
		found, err := k.Matches(t.Context(), owner, tc.in.draft())
		if err != nil || len(found.Rows) != tc.want || len(found.Rows) > 0 && found.Rows[0].ID != id || found.Others || found.Veiled {
			t.Errorf("%s: %+v, %v; want %d", name, found, err, tc.want)
		}
	}
}
