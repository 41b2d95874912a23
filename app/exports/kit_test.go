package exports

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"stead/app/access"
	"stead/app/blob"
	"stead/app/ids"
	"stead/app/vault"
	"stead/app/work"
	"stead/store"
	"stead/store/storetest"
)

type kit struct {
	*Service
	t    testing.TB
	st   *store.Store
	v    *vault.Vault
	now  time.Time
	boss access.Actor // who runs this instance
}

func newKit(t testing.TB) *kit {
	t.Helper()
	k := &kit{t: t, st: storetest.New(t), now: time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC)}
	clock := func() time.Time { return k.now }
	var err error
	k.v, err = vault.Open(t.Context(), k.st, filepath.Join(t.TempDir(), "key"), clock)
	k.must(err)
	k.must(k.v.Create(t.Context()))
	t.Cleanup(func() { k.must(k.v.Close(context.Background())) })
	log := slog.New(slog.DiscardHandler)
	k.Service = New(Deps{
		Store: k.st, Blobs: blob.New(blob.Deps{Store: k.st, Vault: k.v, Dir: t.TempDir(), Now: clock, Log: log}), Vault: k.v,
		Work: work.New(work.Deps{Store: k.st, Now: clock, NewID: ids.New, Log: log, Wait: func(context.Context, time.Duration) error { return nil }}),
		Now:  clock, NewID: ids.New, Log: log,
	})
	k.st.React(k.React)
	id := ids.New()
	k.boss = access.Owner(id)
	k.tx(func(ctx context.Context, tx *store.Tx) error {
		if err := tx.InsertUser(ctx, store.User{ID: id, Name: "Boss", Email: id + "@x.example", EmailKey: id + "@x.example", Role: access.RoleOwner, CreatedAt: 1, UpdatedAt: 1}); err != nil {
			return err
		}
		return tx.InsertBusiness(ctx, store.Business{Name: "Business of " + ids.New(), Country: "PT", Currency: "EUR", Timezone: "Europe/Lisbon", Hours: store.DefaultHours(), CreatedAt: 1, UpdatedAt: 1})
	})
	return k
}

func (k *kit) must(err error) {
	k.t.Helper()
	if err != nil {
		k.t.Fatal(err)
	}
}

func (k *kit) tx(fn func(ctx context.Context, tx *store.Tx) error) {
	k.t.Helper()
	k.must(k.st.InTx(context.Background(), func(tx *store.Tx) error { return fn(context.Background(), tx) }))
}

// populate fills an instance with something of everything.
// deals has one that was won, reopened and is talked about, and one in the bin.
func (k *kit) deals(ctx context.Context, tx *store.Tx, at int64) error {
	stages := []store.Stage{
		{ID: "st1", Name: "Talking", Kind: store.DealOpen, Probability: 33, IdleDays: 7}, {ID: "st2", Name: "Won", Kind: store.DealWon, Probability: 100}, {ID: "st3", Name: "Lost", Kind: store.DealLost},
	}
	d := store.Deal{
		ID: "d1", Title: "Ana's roof", PipelineID: "pl1", StageID: "st1", ContactID: "c1", CompanyID: "co1", ConversationID: "v1", OwnerID: "u1", Amount: 7,
		Currency: "EUR", ClosesOn: at, Source: "manual", CreatedBy: "u1", CreatedAt: at,
	}
	binned := d
	binned.ID, binned.Title = "d2", "Left"
	if err := tx.InsertPipeline(ctx, store.Pipeline{ID: "pl1", Name: "Sales", Template: "sales", Currency: "EUR", Stages: stages, CreatedAt: at}); err != nil {
		return err
	}
	_, one := tx.InsertDeal(ctx, d, "y1")
	_, two := tx.InsertDeal(ctx, binned, "y2")
	move := func(stage string, n int64) error {
		_, err := tx.MoveDeal(ctx, store.DealMove{DealID: "d1", StageID: stage, StayID: fmt.Sprint("y", n), OutcomeID: fmt.Sprint("o", n), ReasonID: "re1", Note: "They liked it", By: "u1", At: at + n})
		return err
	}
	return errors.Join(one, two,
		tx.SaveReason(ctx, store.Reason{ID: "re1", Kind: store.DealWon, Name: "Price", CreatedAt: at}),
		tx.SaveProduct(ctx, store.Product{ID: "pr1", Code: "T-1", Name: "Tile", Unit: "piece", Price: 7, Currency: "EUR", Tax: 2300, CreatedAt: at, UpdatedAt: at}),
		tx.SetDealLines(ctx, "d1", 1, []store.DealLine{{ID: "l1", DealID: "d1", ProductID: "pr1", Name: "Tile", Unit: "piece", Quantity: 1000, Price: 7, Net: 7, CreatedAt: at}}, at),
		tx.SetDealContacts(ctx, "d1", []store.DealContact{{DealID: "d1", ContactID: "c2", Role: "Neighbour", CreatedAt: at}}),
		tx.SetDealTags(ctx, "d1", []string{"t1"}),
		tx.InsertField(ctx, store.Field{ID: "f2", Record: "deal", Name: "Colour", Kind: "text", CreatedAt: at, UpdatedAt: at}),
		tx.SetValue(ctx, "deal", "d1", "f2", &store.Value{Words: "Red"}),
		move("st2", 11), move("st1", 12), tx.BinDeal(ctx, "d2", "u1", at))
}

func (k *kit) populate() {
	k.t.Helper()
	const at = 1_700_000_000_000
	file, err := k.Blobs.Put(context.Background(), strings.NewReader("%PDF-1.7 offer"), store.File{
		ID: "file1", Purpose: store.FileAttachment, ContactID: "c1", Name: "Angebot.pdf", CreatedBy: "u1", CreatedAt: at,
	})
	k.must(err)
	gone, err := k.Blobs.Put(context.Background(), strings.NewReader("old"), store.File{
		ID: "file2", Purpose: store.FileAttachment, CompanyID: "co1", Name: "old.txt", CreatedAt: at, DeletedAt: at, ExpiresAt: at + 1,
	})
	k.must(err)
	hash, err := k.v.TryHash("sms", "+351912345678")
	k.must(err)
	k.tx(func(ctx context.Context, tx *store.Tx) error {
		do := []error{
			tx.InsertUser(ctx, store.User{ID: "u1", Name: "Olga Owner", Email: "olga@x.example", EmailKey: "olga@x.example", Role: access.RoleOwner, CreatedAt: at, UpdatedAt: at}),
			tx.InsertTag(ctx, store.Tag{ID: "t1", Name: "VIP", NameKey: "vip", Colour: "green", CreatedAt: at}),
			tx.InsertField(ctx, store.Field{ID: "f1", Record: "contact", Name: "Größe", NameKey: "grosse", Kind: "number", Personal: true, CreatedAt: at, UpdatedAt: at}),
			tx.InsertCompany(ctx, store.Company{ID: "co1", Name: "Willow & Sons", Website: "https://willow.example", Domain: "willow.example", Source: "manual", OwnerID: "u1", CreatedAt: at, UpdatedAt: at, LastActivityAt: at}, nil),
		}
		for _, err := range do {
			if err != nil {
				return err
			}
		}
		card := store.Card{
			Contact: store.Contact{ID: "c1", Name: "Ana <Abrantes>\n=1+1", About: "says \"hi\"\r\nand more", Source: "manual", OwnerID: "u1", CreatedBy: "u1", CreatedAt: at, UpdatedAt: at, LastActivityAt: at, RestrictedAt: at, Restriction: "asked"},
			Phones:  []store.Phone{{ID: "p1", Typed: "912 345 678", E164: "+351912345678", CreatedAt: at}, {ID: "p2", Typed: "62009", CreatedAt: at, Position: 1}},
			Emails:  []store.Email{{ID: "e1", Typed: "Ana@Willow.example", CreatedAt: at}}, Tags: []string{"t1"},
			Addresses: []store.Address{{ID: "a1", Street: "Rua 1\n2º", City: "Łódź", Country: "PT", CreatedAt: at}},
			Companies: []store.ContactCompany{{CompanyID: "co1", Role: "Boss", CreatedAt: at}},
			Values:    map[string]store.Value{"f1": {Num: 1_750_000, IsNum: true}},
		}
		if err := tx.InsertCard(ctx, card, store.Provenance{ID: "pr1", ContactID: "c1", Source: "manual", Actor: "u1", At: at}); err != nil {
			return err
		}
		if err := tx.InsertContact(ctx, store.Contact{ID: "c2", Name: "In the bin", Source: "manual", CreatedAt: at, UpdatedAt: at, LastActivityAt: at}, nil, nil); err != nil {
			return err
		}
		v, err := tx.EnsureConversation(ctx, "c1", "v1", at)
		if err != nil {
			return err
		}
		message := store.Message{ID: "m1", ContactID: "c1", ConversationID: v.ID, Channel: "sms", Direction: "out", Class: "reply", Body: "hello", Line: "+15550100", Peer: "+351912345678", State: store.MessageQueued, Provider: "twilio", FormKey: "key-of-a-form-0001", Author: "u1", CreatedAt: at, UpdatedAt: at}
		sent := message
		sent.ID, sent.State, sent.FormKey, sent.ProviderRef, sent.RetryOf = "m2", store.MessageDelivered, "", "SM1", "m1"
		_, err = tx.Suppress(ctx, "sms", hash, "stop", at)
		do = []error{
			err, tx.BinContacts(ctx, []string{"c2"}, "u1", at),
			tx.InsertMessage(ctx, message), tx.InsertMessage(ctx, sent),
			tx.InsertNote(ctx, store.Note{ID: "n1", ContactID: "c1", ConversationID: v.ID, Body: "zebra note", Author: "u1", FormKey: "key-of-a-form-0002", CreatedAt: at}),
			tx.InsertTask(ctx, store.Task{ID: "k1", ContactID: "c1", Kind: "call_back", OwnerID: "u1", DueAt: at, CreatedAt: at}),
			tx.InsertConsent(ctx, store.ConsentEvent{ID: "ce1", ContactID: "c1", AddressHash: hash, Channel: "sms", Purpose: "all", Act: "withdrawn", Source: "keyword", Evidence: "m1", At: at}),
			tx.InsertConsent(ctx, store.ConsentEvent{ID: "ce2", ContactID: "c1", AddressHash: "of a number that is gone", Channel: "sms", Purpose: "all", Act: "given", Source: "keyword", At: at}),
			tx.InsertFile(ctx, file), tx.InsertFile(ctx, gone),
			k.deals(ctx, tx, at),
			tx.SetSetting(ctx, "quiet", store.Quiet{From: "21:00", To: "08:00"}, at),
		}
		for _, err := range do {
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// everything is the archive of the instance.
func (k *kit) everything() []byte {
	k.t.Helper()
	var b bytes.Buffer
	k.must(k.WriteArchive(context.Background(), k.boss, &b))
	return b.Bytes()
}

// read reads an archive in.
func (k *kit) read(archive []byte) (store.Operation, error) {
	k.t.Helper()
	return k.ReadArchive(context.Background(), k.boss, bytes.NewReader(archive), func(store.Operation) {})
}
