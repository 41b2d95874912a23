package picked_test

import (
	"net/url"
	"slices"
	"testing"
	"time"

	"stead/app/access"
	"stead/app/errs"
	"stead/app/picked"
	"stead/store"
	"stead/store/storetest"
)

func TestAFormIsReadAndWritten(t *testing.T) {
	for name, tc := range map[string]struct {
		form url.Values
		want []string
		all  bool
		code string
	}{
		"some, twice over":   {url.Values{"id": {"b", "a", "b", ""}, "view": {"v"}}, []string{"a", "b"}, false, ""},
		"all, whatever rows": {url.Values{"id": {"b"}, "all": {"1"}, "who": {"mine"}}, nil, true, ""},
		"nobody":             {url.Values{"id": {" "}}, nil, false, "nothing_picked"},
		"too many":           {url.Values{"id": many(picked.Most + 1)}, nil, false, "much_picked"},
	} {
		got, err := picked.Read(tc.form)
		if errs.CodeOf(err) != tc.code {
			t.Errorf("%s: %v, want %q", name, err, tc.code)
		}
		if tc.code != "" {
			continue
		}
		back, err := picked.Read(got.Form())
		if err != nil || !slices.Equal(got.IDs, tc.want) || got.All != tc.all || !slices.Equal(back.IDs, got.IDs) || back.View != got.View || back.Who != got.Who {
			t.Errorf("%s: %+v, then %+v, %v", name, got, back, err)
		}
	}
	if got, err := picked.Read(url.Values{"all": {"1"}, "view": {"all"}}); err != nil || got.View != "" {
		t.Errorf("the whole list beside a view in its place: %+v, %v", got, err)
	}
}

func many(n int) []string {
	var out []string
	for i := range n {
		out = append(out, storetest.CrowdID(i))
	}
	return out
}

func TestWhatWasPickedIsWalkedInSteps(t *testing.T) {
	st := storetest.New(t)
	storetest.Crowd(t, st, 50, storetest.Unsearched)
	owner := access.Owner("u1")
	q := store.Question{Conditions: []store.Condition{{Field: "tag", Op: store.OpAny, Values: []string{storetest.CrowdTag(0)}}}}
	var frozen picked.Picked
	err := st.InTx(t.Context(), func(tx *store.Tx) (err error) {
		frozen, err = picked.Picked{All: true}.Freeze(t.Context(), tx, owner, q, "v1", 5)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for name, tc := range map[string]struct {
		picked picked.Picked
		actor  access.Actor
		want   int
	}{
		"everything":       {picked.Picked{All: true}, owner, 50},
		"what a view asks": {frozen, owner, 17},
		"one's own":        {picked.Picked{All: true, Who: access.Mine}, access.Owner("user-1"), 9},
		"some":             {picked.Picked{IDs: many(11)}, owner, 11},
	} {
		set, err := tc.picked.Open(t.Context(), &st.Reader, tc.actor, access.ContactsRead, time.Unix(9, 0))
		if err != nil {
			t.Fatal(name, err)
		}
		tally, err := set.Count(t.Context(), &st.Reader, 1000)
		if err != nil || tally.N != tc.want {
			t.Errorf("%s: counted %+v, %v", name, tally, err)
		}
		var all []string
		for after := ""; ; {
			ids, next, err := set.Some(t.Context(), &st.Reader, after, 4)
			if err != nil {
				t.Fatal(name, err)
			}
			all = append(all, ids...)
			if after = next; after == "" {
				break
			}
		}
		if len(slices.Compact(all)) != tc.want {
			t.Errorf("%s: walked %d, want %d", name, len(all), tc.want)
		}
	}
	if _, err := frozen.Open(t.Context(), &st.Reader, access.Owner("u2"), access.ContactsRead, time.Now()); errs.KindOf(err) != errs.NotFound {
		t.Errorf("somebody else's view: %v", err)
	}
}
