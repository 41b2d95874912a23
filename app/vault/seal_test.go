package vault

import (
	"bytes"
	"encoding/hex"
	"errors"
	"testing"

	"pgregory.net/rapid"

	"stead/store"
)

func TestASealedValueOpensInItsPlaceOnly(t *testing.T) {
	k := made(t)
	const place = "inbound_events|0193|sealed"
	sealed, err := k.Seal(Fields, place, []byte("the payload"))
	must(t, err)
	if got, err := k.Unseal(Fields, place, sealed); err != nil || string(got) != "the payload" {
		t.Fatalf("got %q, %v", got, err)
	}
	if sealed[0] != 0x01 || len(sealed) != 1+4+24+len("the payload")+16 || bytes.Contains(sealed, []byte("payload")) {
		t.Errorf("the layout is not as written: % x", sealed)
	}
	for name, open := range map[string]func() ([]byte, error){
		"another row":      func() ([]byte, error) { return k.Unseal(Fields, "inbound_events|0194|sealed", sealed) },
		"another column":   func() ([]byte, error) { return k.Unseal(Fields, "inbound_events|0193|other", sealed) },
		"another purpose":  func() ([]byte, error) { return k.Unseal(Files, place, sealed) },
		"another instance": func() ([]byte, error) { return made(t).Unseal(Fields, place, sealed) },
		"nothing":          func() ([]byte, error) { return k.Unseal(Fields, place, nil) },
		"cut":              func() ([]byte, error) { return k.Unseal(Fields, place, sealed[:20]) },
		"another version":  func() ([]byte, error) { return k.Unseal(Fields, place, append([]byte{2}, sealed[1:]...)) },
	} {
		if got, err := open(); !errors.Is(err, ErrUnseal) || got != nil {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
	for i := range sealed {
		spoilt := bytes.Clone(sealed)
		spoilt[i] ^= 0x40
		if _, err := k.Unseal(Fields, place, spoilt); !errors.Is(err, ErrUnseal) {
			t.Fatalf("byte %d altered: %v", i, err)
		}
	}
}

func TestCredentialsAreNotReachedBySealing(t *testing.T) {
	k := made(t)
	for _, purpose := range []string{Creds, IndexHMAC, AuditSign, "", "other"} {
		if _, err := k.Seal(purpose, "a|b|c", nil); !errors.Is(err, errPurpose) {
			t.Errorf("sealed for %q: %v", purpose, err)
		}
		if _, err := k.Unseal(purpose, "a|b|c", make([]byte, 100)); !errors.Is(err, errPurpose) {
			t.Errorf("unsealed for %q: %v", purpose, err)
		}
	}
}

func TestWhatIsSealedComesBack(t *testing.T) {
	k := made(t)
	rapid.Check(t, func(t *rapid.T) {
		plain := rapid.SliceOfN(rapid.Byte(), 0, 300).Draw(t, "plain")
		place, other := rapid.String().Draw(t, "place"), rapid.String().Draw(t, "other")
		sealed, err := k.Seal(Files, place, plain)
		if err != nil {
			t.Fatal(err)
		}
		if again, _ := k.Seal(Files, place, plain); bytes.Equal(again, sealed) {
			t.Fatal("a nonce came twice")
		}
		if got, err := k.Unseal(Files, place, sealed); err != nil || !bytes.Equal(got, plain) {
			t.Fatalf("got %q, %v", got, err)
		}
		if _, err := k.Unseal(Files, other, sealed); (err == nil) != (place == other) {
			t.Fatalf("sealed for %q, opened for %q: %v", place, other, err)
		}
	})
}

func TestADataKeyInAnothersRowDoesNotOpen(t *testing.T) {
	k := made(t)
	rows, err := k.st.VaultKeys(t.Context())
	must(t, err)
	key := readKey(t, k.keyFile)
	swapped := []store.VaultKey{rows[0], rows[1]}
	swapped[0].Purpose, swapped[1].Purpose = rows[1].Purpose, rows[0].Purpose
	if _, err := openRing(key, swapped); !errors.Is(err, errKeyWrong) {
		t.Errorf("data keys changed places: %v", err)
	}
	if _, err := openRing(key, rows[1:]); !errors.Is(err, errKeyIncomplete) {
		t.Errorf("a data key is gone: %v", err)
	}
	spoilt := rows[0]
	spoilt.Sealed = bytes.Clone(spoilt.Sealed)
	spoilt.Sealed[len(spoilt.Sealed)-1] ^= 1
	if _, err := openRing(key, []store.VaultKey{spoilt}); !errors.Is(err, errKeyWrong) {
		t.Errorf("a data key was altered: %v", err)
	}
}

func TestHash(t *testing.T) {
	k := made(t)
	h := k.Hash("address", "sms", "+351912345678")
	if again := reopen(t, k).Hash("address", "sms", "+351912345678"); again != h {
		t.Error("the hash changed with a restart")
	}
	if raw, err := hex.DecodeString(h); err != nil || len(raw) != 32 {
		t.Errorf("%q is not a hash", h)
	}
	seen := map[string]string{h: "itself"}
	for name, other := range map[string]string{
		"another purpose":   k.Hash("event", "sms", "+351912345678"),
		"another part":      k.Hash("address", "sms", "+351912345679"),
		"parts together":    k.Hash("address", "sms+351912345678"),
		"parts cut anew":    k.Hash("address", "sm", "s+351912345678"),
		"an empty part":     k.Hash("address", "sms", "+351912345678", ""),
		"no parts":          k.Hash("address"),
		"another instance":  made(t).Hash("address", "sms", "+351912345678"),
		"purpose with part": k.Hash("addresssms", "+351912345678"),
	} {
		if seen[other] != "" {
			t.Errorf("%s hashes like %s", name, seen[other])
		}
		seen[other] = name
	}
}

func FuzzUnseal(f *testing.F) {
	key := make([]byte, 120)
	f.Add([]byte{}, "a")
	f.Add([]byte{1, 0, 0, 0, 0}, "a|b|c")
	f.Add(key, "")
	r := &ring{byID: map[string]*dataKey{}}
	f.Fuzz(func(t *testing.T, sealed []byte, place string) {
		if _, err := r.unseal(Fields, place, sealed); !errors.Is(err, ErrUnseal) {
			t.Fatalf("opened: %v", err)
		}
	})
}

func FuzzKeyFile(f *testing.F) {
	f.Add([]byte("# a\n\nAGE-SECRET-KEY-PQ-1QQQQ\n"))
	f.Add([]byte("AGE-SECRET-KEY-1GFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPQ4EGAEX"))
	f.Fuzz(func(t *testing.T, text []byte) {
		if key, err := parseKey(bytes.NewReader(text)); (err == nil) != (key != nil) {
			t.Fatalf("%v, %v", key, err)
		}
	})
}
