package leads_test

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"

	"stead/app/leads"
	"stead/store"
)

func mapped() store.LeadSource {
	return store.LeadSource{ID: "s", Kind: store.LeadWebhook, Name: "Shop", Tags: []string{"web"}, Fields: []store.LeadField{
		{ID: "1", Kind: "line", Path: "person.first", Target: leads.ToName},
		{ID: "2", Kind: "line", Path: "person.last", Target: leads.ToName},
		{ID: "3", Kind: "line", Path: "mails[0]", Target: leads.ToEmail},
		{ID: "4", Kind: "text", Path: "text", Target: leads.ToMessage},
		{ID: "5", Kind: "line", Path: "sum", Target: leads.ToAmount},
		{ID: "6", Kind: "consent", Path: "news", Channel: "email", Label: "News", WordingID: "w"},
	}}
}

func TestWhatAMessageBecomes(t *testing.T) {
	answers, err := leads.Flatten([]byte(`{"person":{"first":"Ann","last":"Costa"},"mails":["ann@example.com","b@example.com"],"text":"Hello","sum":12.50,"news":true,"extra":null,"deep":{"a":[{"b":"x"}]}}`))
	if err != nil {
		t.Fatal(err)
	}
	made, problems := leads.Compose(mapped(), answers)
	if len(problems) != 0 || made.Person.Name != "Ann Costa" || len(made.Person.Emails) != 1 || made.Person.Emails[0].Typed != "ann@example.com" {
		t.Errorf("%+v %v", made, problems)
	}
	if made.Deal.Amount != "12.50" || made.Deal.Title != "Shop" || len(made.Deal.Tags) != 1 {
		t.Errorf("%+v", made.Deal)
	}
	if want := "Hello\n\nNews: yes\nmails[1]: b@example.com\ndeep.a[0].b: x"; made.Note != want {
		t.Errorf("%q, want %q", made.Note, want)
	}
	if len(made.Consents) != 1 || made.Consents[0].Wording != "w" || made.Consents[0].Channel != "email" {
		t.Errorf("%+v", made.Consents)
	}
}

// A title that is too long for a deal is cut, and stands whole in the note.
func TestALongTitleIsCut(t *testing.T) {
	s := mapped()
	s.Fields = append(s.Fields, store.LeadField{ID: "7", Kind: "line", Label: "Wish", Path: "wish", Target: leads.ToTitle})
	for n, cut := range map[int]bool{300: false, 301: true} {
		long := strings.Repeat("ü", n)
		made, problems := leads.Compose(s, []leads.Answer{{Key: "wish", Value: long}})
		if len(problems) != 0 || utf8.RuneCountInString(made.Deal.Title) != 300 || strings.HasSuffix(made.Deal.Title, "…") != cut || strings.Contains(made.Note, "Wish: "+long) != cut {
			t.Errorf("%d characters: %q, %v, and %q in the note", n, made.Deal.Title, problems, made.Note)
		}
	}
}

// Every value of a message stands somewhere: in the person, the deal or the note.
func TestNothingOfAMessageIsLost(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		word := rapid.StringMatching(`[a-z]{3,9}`)
		in := map[string]any{"person": map[string]any{"first": word.Draw(t, "first")}, "text": word.Draw(t, "text")}
		for range rapid.IntRange(0, 12).Draw(t, "more") {
			key := "k" + word.Draw(t, "key")
			in[key] = rapid.OneOf(
				rapid.Map(word, func(s string) any { return s }), rapid.Map(rapid.Int(), func(n int) any { return n }), rapid.Map(rapid.Bool(), func(b bool) any { return b }),
				rapid.Map(rapid.SliceOfN(word, 0, 3), func(s []string) any { return s }),
				rapid.Map(rapid.MapOfN(word, word, 0, 3), func(m map[string]string) any { return m }),
			).Draw(t, "value")
		}
		body, err := json.Marshal(in)
		if err != nil {
			t.Fatal(err)
		}
		answers, err := leads.Flatten(body)
		if err != nil {
			t.Fatal(err)
		}
		made, problems := leads.Compose(mapped(), answers)
		if len(problems) > 0 {
			t.Fatal(problems)
		}
		all := made.Person.Name + "\n" + made.Note
		for _, a := range answers {
			if !strings.Contains(all, a.Value) {
				t.Fatalf("%s is lost of %s:\n%s", a.Value, body, all)
			}
		}
	})
}

// FuzzMapping has any bytes be a message: it is refused or read, never half; no
// value is invented, and the note is one.
func FuzzMapping(f *testing.F) {
	for _, seed := range []string{
		`{"person":{"first":"Ann"},"mails":["a@b.c"],"text":"x"}`, `{"a":[[[1]]],"b":null,"":""}`, `{"a":"\u0000","a":"2"}`, `[]`, `{`, `{"x":1e999}`, "{\"\xff\":1}",
		`{"person":"flat","mails":{"0":"x"}}`, `{"text":"4111 1111 1111 1111"}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		answers, err := leads.Flatten(body)
		if err != nil {
			if len(answers) != 0 {
				t.Errorf("%d answers beside %v", len(answers), err)
			}
			return
		}
		if !json.Valid(body) {
			t.Errorf("read what is no JSON: %q", body)
		}
		keys := map[string]bool{}
		for _, a := range answers {
			if keys[a.Key] || strings.TrimSpace(a.Value) == "" || !utf8.ValidString(a.Value) || strings.Contains(a.Value, "\x00") {
				t.Errorf("%q twice, empty or unsound: %q", a.Key, a.Value)
			}
			keys[a.Key] = true
		}
		made, problems := leads.Compose(mapped(), answers)
		if utf8.RuneCountInString(made.Note) > 10_000 || !utf8.ValidString(made.Note) {
			t.Errorf("the note has %d characters", utf8.RuneCountInString(made.Note))
		}
		for key := range problems {
			if key == "" {
				t.Error("a problem that stands nowhere")
			}
		}
	})
}
