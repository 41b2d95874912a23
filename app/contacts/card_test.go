package contacts_test

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"stead/app/access"
	"stead/app/contacts"
	"stead/app/errs"
	"stead/app/people"
	"stead/store"
)

// whole is somebody of whom everything is known.
func whole() people.Draft {
	return people.Draft{
		Name:      "Ana Sousa",
		Phones:    []people.Point{{Typed: "912 345 678", Label: "mobile"}, {Typed: "+351 21 123 4567 ext 12", Label: "office"}, {Typed: "61234"}},
		Emails:    []people.Point{{Typed: "ana@example.com", Label: "work"}},
		Addresses: []people.Place{{Street: "Rua das Flores 1", City: "Lisboa", Postcode: "1200-001", Country: "PT"}},
		Companies: []people.Job{{Company: "Willow Lane", Role: "Nurse"}, {Company: "Old Mill", Former: true}},
		Tags:      []string{"VIP", "Clinic"}, Fields: map[string]string{"f1": "12,5", "f2": "c1"},
		About: "Likes tea.", Language: "pt", TimeZone: "Europe/Lisbon", Basis: "consent", Evidence: "Signed on paper", DoNotCall: true, Minor: true,
	}
}

// withFields adds two fields of the business's own: a number and a choice.
func (k kit) withFields(t testing.TB) {
	t.Helper()
	inTx(t, k.st, func(tx *store.Tx) error {
		if err := tx.InsertField(t.Context(), store.Field{ID: "f1", Record: "contact", Name: "Size", Kind: "number", Personal: true}); err != nil {
			return err
		}
		return tx.InsertField(t.Context(), store.Field{ID: "f2", Record: "contact", Name: "Stage", Kind: "choice", Choices: []store.Choice{{ID: "c1", Name: "Warm"}, {ID: "c2", Name: "Cold"}}})
	})
}

func (k kit) createWhole(t testing.TB) string {
	t.Helper()
	k.withFields(t)
	saved, err := k.Create(t.Context(), owner, whole(), contacts.Creation{})
	if err != nil {
		t.Fatal(err)
	}
	return saved.ID
}

func TestCardShowsAllThatIsKnown(t *testing.T) {
	p := newPages(t)
	id := p.createWhole(t)
	page := p.get("/contacts/" + id)
	want(t, page, http.StatusOK, "Ana Sousa", "912 345 678", "21 123 4567 x12", "61234", "Short code", "Landline", "mobile", "office",
		"ana@example.com", "Rua das Flores 1", "1200-001 Lisboa", "Willow Lane", "Nurse", "Old Mill", "Formerly", "VIP", "Clinic", "Size", "12,5", "Stage", "Warm",
		"Likes tea.", "Portuguese", "Lisbon, 12:00", "Consent", "Signed on paper", "Do not call: they asked", "may be a child", "Added by hand on Saturday 21 November 2026",
		"Added the contact")
	wantNot(t, page, "Deals", "Money", `href="tel:+351912345678"`) // they are not to be called

	form := p.get("/contacts/" + id + "/edit")
	for _, part := range people.Slots([]store.Field{{ID: "f1"}, {ID: "f2"}}) {
		want(t, form, http.StatusOK, `name="seen-`+part+`"`)
	}
}

func TestWhatAForbiddenActorSeesOfACard(t *testing.T) {
	p := newPages(t)
	id := p.createWhole(t)
	veiled := access.Actor{ID: "u5", Kind: access.User, May: map[access.Permission]access.Reach{access.ContactsRead: access.All, access.ContactsWrite: access.All}}
	page := p.do(veiled, http.MethodGet, "/contacts/"+id, nil, "")
	want(t, page, http.StatusOK, "Ana Sousa", "Willow Lane", "VIP", "Warm")
	wantNot(t, page, "912 345 678", "ana@example.com", "Rua das Flores", "12,5", "Likes tea", "Nurse", "Signed on paper", "/parts/phones")
	want(t, p.do(veiled, http.MethodGet, "/contacts/"+id+"/parts/phones", nil, ""), http.StatusForbidden)
	want(t, p.do(veiled, http.MethodPost, "/contacts/"+id+"/parts/phones", url.Values{"phone1": {"912345679"}}, ""), http.StatusForbidden)
	wantSeeOther(t, p.do(veiled, http.MethodPost, "/contacts/"+id+"/tags", url.Values{"add": {"New"}}, ""), "/contacts/"+id)
	want(t, p.do(onlooker, http.MethodPost, "/contacts/"+id+"/tags", url.Values{"add": {"New"}}, ""), http.StatusForbidden)
}

func TestEachPartIsEditedWhereItStands(t *testing.T) {
	for part, tc := range map[string]struct {
		form  url.Values
		shown string
	}{
		people.SlotName:      {url.Values{"name": {"Anna"}}, "Anna"},
		people.SlotPhones:    {url.Values{"phone1": {"913 000 111"}, "phone1label": {"new"}}, "913 000 111"},
		people.SlotEmails:    {url.Values{"email1": {"new@example.com"}}, "new@example.com"},
		people.SlotCompanies: {url.Values{"company1": {"Harbour"}, "company1role": {"Chief"}}, "Harbour"},
		people.SlotAddresses: {url.Values{"address1": {"Rua Nova 2"}, "address1city": {"Porto"}}, "Porto"},
		people.SlotLanguage:  {url.Values{"language": {"de"}}, "German"},
		people.SlotZone:      {url.Values{"zone": {"Asia/Tokyo"}}, "Tokyo, 21:00"},
		people.SlotBasis:     {url.Values{"basis": {"contract"}, "evidence": {"Order 7"}}, "Order 7"},
		people.SlotAbout:     {url.Values{"about": {"Likes coffee."}}, "Likes coffee."},
		"field-f1":           {url.Values{"field-f1": {"99"}}, "99"},
		"field-f2":           {url.Values{"field-f2": {"c2"}}, "Cold"},
	} {
		t.Run(part, func(t *testing.T) {
			p := newPages(t)
			id := p.createWhole(t)
			path := "/contacts/" + id + "/parts/" + part
			asks := p.do(owner, http.MethodGet, path, nil, "partial")
			want(t, asks, http.StatusOK, `id="part-`+part+`"`, `name="seen-`+part+`"`, "<form")
			wantNot(t, asks, "<html")
			want(t, p.get(path), http.StatusOK, "<html", `name="seen-`+part+`"`)
			want(t, p.do(owner, http.MethodGet, path+"?shown=yes", nil, "partial"), http.StatusOK, `id="part-`+part+`"`)

			tc.form.Set("seen-"+part, seenIn(t, asks.Body.String(), part))
			saved := p.do(owner, http.MethodPost, path, tc.form, "partial")
			want(t, saved, http.StatusOK, `id="part-`+part+`"`, tc.shown, "/undo/")
			wantNot(t, saved, "<html", `id="activity"`)
			want(t, p.get("/contacts/"+id), http.StatusOK, tc.shown, "Changed the contact")
			wantSeeOther(t, p.do(owner, http.MethodPost, path, tc.form, ""), "/contacts/"+id) // the same again changes nothing
		})
	}
}

func seenIn(t *testing.T, body, part string) string {
	t.Helper()
	_, rest, ok := strings.Cut(body, `name="seen-`+part+`" value="`)
	mark, _, _ := strings.Cut(rest, `"`)
	if !ok || mark == "" {
		t.Fatalf("the form of %s does not say what its editor saw", part)
	}
	return mark
}

func TestTwoWhoEditOnePartSeeBothVersions(t *testing.T) {
	p := newPages(t)
	id := p.createWhole(t)
	path := "/contacts/" + id + "/parts/"
	name, phones := seenIn(t, p.get(path+"name").Body.String(), "name"), seenIn(t, p.get(path+"phones").Body.String(), "phones")

	wantSeeOther(t, p.do(owner, http.MethodPost, path+"name", url.Values{"name": {"Anna"}, "seen-name": {name}}, ""), "/contacts/"+id)
	// Another part of the same card is nobody's conflict.
	wantSeeOther(t, p.do(owner, http.MethodPost, path+"phones", url.Values{"phone1": {"913000111"}, "seen-phones": {phones}}, ""), "/contacts/"+id)
	for _, requestType := range []string{"", "partial"} {
		late := p.do(owner, http.MethodPost, path+"name", url.Values{"name": {"Annie"}, "seen-name": {name}}, requestType)
		want(t, late, http.StatusConflict, "Someone else saved", "<bdi>Anna</bdi>", "<bdi>Annie</bdi>", `value="Annie"`)
		again := url.Values{"name": {"Annie"}, "seen-name": {seenIn(t, late.Body.String(), "name")}}
		if requestType == "" {
			continue
		}
		want(t, p.do(owner, http.MethodPost, path+"name", again, requestType), http.StatusOK, "Annie")
	}
	if c, err := p.st.Card(t.Context(), id); err != nil || c.Name != "Annie" || len(c.Phones) != 1 || len(c.Tags) != 2 {
		t.Errorf("card = %+v, %v", c, err)
	}
}

func TestTheWholeFormSavesWhatItsEditorChangedAlone(t *testing.T) {
	p := newPages(t)
	id := p.createWhole(t)
	path := "/contacts/" + id
	form := p.get(path + "/edit").Body.String()
	mine := url.Values{"name": {"Annie"}, "about": {"Likes tea."}, "seen-name": {seenIn(t, form, "name")}, "seen-about": {seenIn(t, form, "about")}, "version": {"1"}}

	theirs := url.Values{"about": {"Hates tea."}, "seen-about": {seenIn(t, form, "about")}, "version": {"1"}}
	wantSeeOther(t, p.do(owner, http.MethodPost, path, theirs, ""), path)
	wantSeeOther(t, p.do(owner, http.MethodPost, path, mine, ""), path)
	if c, err := p.st.Card(t.Context(), id); err != nil || c.Name != "Annie" || c.About != "Hates tea." {
		t.Errorf("name %q, about %q, %v; want both changes", c.Name, c.About, err)
	}
	mine.Set("about", "Loves tea.")
	w := p.do(owner, http.MethodPost, path, mine, "")
	want(t, w, http.StatusConflict, "Hates tea.", "Loves tea.", "About")
	wantNot(t, w, "<td class=\"prewrap\"><bdi>Annie")
}

func TestWhatIsWrongWithAPartIsSaidWhereItStands(t *testing.T) {
	p := newPages(t)
	id := p.createWhole(t)
	path := "/contacts/" + id + "/parts/"
	for part, form := range map[string]url.Values{
		"phones":   {"phone1": {"call <me>"}},
		"emails":   {"email1": {"call <me>"}},
		"zone":     {"zone": {"call <me>"}},
		"language": {"language": {"call <me>"}},
		"field-f1": {"field-f1": {"call <me>"}},
		"about":    {"about": {"call <me>" + strings.Repeat("x", 10_001)}},
	} {
		for _, requestType := range []string{"", "partial"} {
			want(t, p.do(owner, http.MethodPost, path+part, form, requestType), http.StatusUnprocessableEntity, "call &lt;me&gt;", "Error:")
		}
	}
	for _, part := range []string{"nothing", "field-gone", "seen-name", ""} {
		if w := p.do(owner, http.MethodPost, path+part, url.Values{"name": {"A"}}, ""); w.Code != http.StatusNotFound {
			t.Errorf("part %q: %d", part, w.Code)
		}
	}
	if w := p.do(owner, http.MethodPost, path+"name", url.Values{}, ""); w.Code == http.StatusSeeOther {
		t.Error("an empty form was saved")
	}
	// Nothing is left to know them by.
	for _, part := range []url.Values{{"phone1": {""}}, {"email1": {""}}} {
		name := "phones"
		if part.Has("email1") {
			name = "emails"
		}
		wantSeeOther(t, p.do(owner, http.MethodPost, path+name, withSeen(t, p, path+name, name, part), ""), "/contacts/"+id)
	}
	want(t, p.do(owner, http.MethodPost, path+"name", withSeen(t, p, path+"name", "name", url.Values{"name": {""}}), ""), http.StatusUnprocessableEntity, "Enter a name")
}

func withSeen(t *testing.T, p pages, path, part string, form url.Values) url.Values {
	t.Helper()
	form.Set("seen-"+part, seenIn(t, p.get(path).Body.String(), part))
	return form
}

func TestEachChangeOfAPersonIsTakenBack(t *testing.T) {
	k := newKit(t)
	id := k.createWhole(t)
	ctx := context.Background()
	for name, do := range map[string]func() (contacts.Saved, error){
		"a part": func() (contacts.Saved, error) {
			d := people.Draft{Phones: []people.Point{{Typed: "913000111"}}, Companies: []people.Job{{Company: "A new one"}}, Tags: []string{"Other"}}
			return k.Edit(ctx, owner, id, contacts.Edition{Draft: d, Parts: []string{people.SlotPhones, people.SlotCompanies, people.SlotTags}, Version: k.version(t, id)})
		},
		"a tag":      func() (contacts.Saved, error) { return k.AddTag(ctx, owner, id, "Fresh") },
		"a tag less": func() (contacts.Saved, error) { return k.RemoveTag(ctx, owner, id, "vip") },
		"a block":    func() (contacts.Saved, error) { return k.Block(ctx, owner, id) },
		"an owner":   func() (contacts.Saved, error) { return k.Assign(ctx, owner, id, "u1") },
	} {
		t.Run(name, func(t *testing.T) {
			if name == "an owner" {
				inTx(t, k.st, func(tx *store.Tx) error {
					return tx.InsertUser(ctx, store.User{ID: "u1", Name: "Ines", Email: "i@example.com", EmailKey: "i@example.com", Role: "owner"})
				})
			}
			before, err := k.st.Card(ctx, id)
			if err != nil {
				t.Fatal(err)
			}
			saved, err := do()
			if err != nil || saved.Undo == "" {
				t.Fatalf("%+v, %v", saved, err)
			}
			inTx(t, k.st, func(tx *store.Tx) error {
				_, err := tx.TakeBack(ctx, saved.Undo, noon)
				return err
			})
			after, err := k.st.Card(ctx, id)
			if err != nil || people.DraftOf(after, nil, nil).Text("phones") != people.DraftOf(before, nil, nil).Text("phones") ||
				len(after.Tags) != len(before.Tags) || after.BlockedAt != before.BlockedAt || after.OwnerID != before.OwnerID || after.Company != before.Company {
				t.Errorf("it came back as %+v, %v; want %+v", after, err, before)
			}
		})
	}
	if tags, err := k.st.Tags(ctx); err != nil || len(tags) != 2 {
		t.Errorf("tags that were made along stay: %v, %v", tags, err)
	}
	saved, err := k.Create(ctx, owner, people.Draft{Name: "Bea"}, contacts.Creation{})
	if err != nil {
		t.Fatal(err)
	}
	inTx(t, k.st, func(tx *store.Tx) error {
		_, err := tx.TakeBack(ctx, saved.Undo, noon)
		return err
	})
	if _, err := k.st.Contact(ctx, saved.ID); errs.KindOf(err) != errs.NotFound {
		t.Errorf("a creation that was taken back left %v", err)
	}
}

func (k kit) version(t testing.TB, id string) int64 {
	t.Helper()
	c, err := k.st.Contact(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	return c.Version
}

func TestOneAddressMayBelongToFive(t *testing.T) {
	p := newPages(t)
	for _, name := range []string{"Ana", "Bea", "Carla", "Dora", "Eva"} {
		form := url.Values{"name": {name}, "email1": {"family@example.com"}, "anyway": {"yes"}}
		if w := p.do(owner, http.MethodPost, "/contacts", form, ""); w.Code != http.StatusSeeOther {
			t.Fatalf("%s: %d\n%s", name, w.Code, w.Body)
		}
	}
	w := p.do(owner, http.MethodPost, "/contacts/matches", url.Values{"email1": {"FAMILY@example.com"}}, "partial")
	want(t, w, http.StatusOK, "Ana", "Bea", "Carla", "Dora", "Eva", "Same email address")
}

func TestTheOneBoxFillsTheForm(t *testing.T) {
	p := newPages(t)
	id := p.create(t, ana)
	for typed, field := range map[string]string{"Bea Costa": `name="name"`, "00351 912 345 678": `name="phone1"`, "Ana@example.com": `name="email1"`} {
		w := p.do(owner, http.MethodPost, "/contacts/new", url.Values{"quick": {typed}}, "")
		want(t, w, http.StatusOK, `value="`+typed+`"`, field)
		if typed != "Bea Costa" {
			want(t, w, http.StatusOK, "/contacts/"+id, "Is it one of these?")
		}
	}
}

func TestTheTimelineNamesWhatActsByItself(t *testing.T) {
	p := newPages(t)
	id := p.create(t, ana)
	inTx(t, p.st, func(tx *store.Tx) error {
		return tx.Record(t.Context(), store.Event{ID: "e1", Kind: contacts.EventChanged, Subject: id, ContactID: id, Actor: access.System("leads").ID, At: noon})
	})
	w := p.get("/contacts/" + id)
	want(t, w, http.StatusOK, "(Leads)")
	wantNot(t, w, access.Former+")</")
}

func TestTheTimelineIsFilteredByKind(t *testing.T) {
	p := newPages(t)
	id := p.create(t, ana)
	if _, err := p.Notebook().AddNote(t.Context(), owner, id, "the note", ""); err != nil {
		t.Fatal(err)
	}
	inTx(t, p.st, func(tx *store.Tx) error {
		return tx.InsertTask(t.Context(), store.Task{ID: "t1", ContactID: id, Kind: "todo", Title: "The task", DoneAt: noon, DoneBy: "u1"})
	})
	for kind, tc := range map[string][2]string{"notes": {"the note", "The task"}, "tasks": {"The task", "the note"}, "changes": {"Added the contact", "The task"}} {
		for _, requestType := range []string{"", "partial"} {
			w := p.do(owner, http.MethodGet, "/contacts/"+id+"?kind="+kind, nil, requestType)
			want(t, w, http.StatusOK, tc[0], `id="activity"`)
			if _, after, _ := strings.Cut(w.Body.String(), `class="timeline"`); strings.Contains(after, tc[1]) {
				t.Errorf("%s shows %q", kind, tc[1])
			}
		}
	}
	want(t, p.get("/contacts/"+id+"?kind=nonsense"), http.StatusOK, "the note", "The task")
}

func TestNotesArePinnedEditedAndDeleted(t *testing.T) {
	p := newPages(t)
	id := p.create(t, ana)
	note, err := p.Notebook().AddNote(t.Context(), owner, id, "first words", "")
	if err != nil {
		t.Fatal(err)
	}
	path := "/contacts/" + id + "/notes/" + note.ID
	want(t, p.do(owner, http.MethodPost, path+"/pin", url.Values{"pinned": {"yes"}}, "partial"), http.StatusOK, "tl-quote note pinned", "Unpin")
	wantSeeOther(t, p.do(owner, http.MethodPost, path+"/pin", url.Values{"pinned": {"no"}}, ""), "/contacts/"+id+"#activity")
	want(t, p.get(path+"/edit"), http.StatusOK, "first words")
	version := "3" // pinned and unpinned
	want(t, p.do(owner, http.MethodPost, path, url.Values{"body": {" "}, "version": {version}}, ""), http.StatusUnprocessableEntity, "Write something first.")
	wantSeeOther(t, p.do(owner, http.MethodPost, path, url.Values{"body": {"second words"}, "version": {version}}, ""), "/contacts/"+id+"#activity")
	want(t, p.do(owner, http.MethodPost, path, url.Values{"body": {"third words"}, "version": {version}}, ""), http.StatusConflict, "second words", "third words")
	want(t, p.get("/contacts/"+id), http.StatusOK, "second words", "Edited")
	wantSeeOther(t, p.do(owner, http.MethodPost, path, url.Values{"delete": {"yes"}}, ""), "/contacts/"+id+"#activity")
	wantNot(t, p.get("/contacts/"+id), "second words")
	want(t, p.get(path+"/edit"), http.StatusNotFound)
	want(t, p.do(onlooker, http.MethodPost, path, url.Values{"body": {"x"}}, ""), http.StatusForbidden)
}

func TestAColleagueWhoIsMentionedIsTold(t *testing.T) {
	k := newKit(t)
	id := k.create(t, ana)
	inTx(t, k.st, func(tx *store.Tx) error {
		for i, name := range []string{"Ines Duarte", "Tomás Reis", "Inesita"} {
			email := []string{"a@x.example", "b@x.example", "c@x.example"}[i]
			if err := tx.InsertUser(t.Context(), store.User{ID: "m" + email[:1], Name: name, Email: email, EmailKey: email, Role: "agent"}); err != nil {
				return err
			}
		}
		return nil
	})
	note, err := k.Notebook().AddNote(t.Context(), owner, id, "@Tomas please ask @ines duarte, not ana@Inesita.example", "")
	if err != nil {
		t.Fatal(err)
	}
	of, err := k.st.MentionsOf(t.Context(), []string{note.ID})
	if err != nil || strings.Join(of[note.ID], " ") != "ma mb" {
		t.Errorf("mentioned: %v, %v", of, err)
	}
}
