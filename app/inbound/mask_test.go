package inbound

import (
	"encoding/json"
	"testing"

	"pgregory.net/rapid"

	"stead/app/cards"
	"stead/app/port"
)

func TestMaskedLooksIntoFreeTextAlone(t *testing.T) {
	const card = "4111 1111 1111 1111"
	for name, tc := range map[string]struct{ payload, want string }{
		"in the text":              {`{"ref":"1","body":"` + card + `"}`, `{"body":"•••• 1111","ref":"1"}`},
		"in another field":         {`{"ref":"` + card + `","body":"Hi"}`, `{"ref":"` + card + `","body":"Hi"}`},
		"behind a space":           {`{"body" : "` + card + `"}`, `{"body":"•••• 1111"}`},
		"escaped":                  {`{"body":"a\"b \u0034111111111111111"}`, `{"body":"a\"b •••• 1111"}`},
		"a name within a text":     {`{"ref":"\"body\":\"x","body":"` + card + `"}`, `{"body":"•••• 1111","ref":"\"body\":\"x"}`},
		"no such field":            {`{"ref":"1"}`, `{"ref":"1"}`},
		"not a text, but harmless": {`{"body":null}`, `{"body":null}`},
	} {
		got, err := masked(port.Envelope{Payload: []byte(tc.payload), FreeText: []string{"body"}})
		if err != nil || string(got) != tc.want {
			t.Errorf("%s: %s, %v; want %s", name, got, err, tc.want)
		}
	}
}

// Whatever the text, what is kept is what the mask makes of it.
func TestMaskedIsTheMask(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		body := rapid.OneOf(rapid.String(), rapid.StringMatching(`[0-9 .\\"-]{0,40}`)).Draw(r, "body")
		payload, err := json.Marshal(map[string]string{"ref": "SM1", "body": body})
		if err != nil {
			r.Skip()
		}
		got, err := masked(port.Envelope{Payload: payload, FreeText: []string{"body"}})
		var fields, was map[string]string
		if err != nil || json.Unmarshal(got, &fields) != nil || json.Unmarshal(payload, &was) != nil || fields["body"] != cards.Mask(was["body"]) || fields["ref"] != "SM1" {
			r.Fatalf("%q became %s, %v", body, got, err)
		}
	})
}
