package privacy

import (
	"encoding/json"
	"slices"
	"strings"

	"stead/store"
)

// erasing is the reason of the restriction that every erasure begins with.
const erasing = "erasure"

// needlesOf are the values of a person whose absence is to be proved.
func needlesOf(held []store.Holding) []store.Needle {
	seen := map[string]bool{}
	var out []store.Needle
	for _, h := range held {
		switch h.Category {
		case store.PersonName, store.PhoneNumber, store.EmailAddress, store.Content:
		default:
			continue
		}
		if text := strings.TrimSpace(h.Value); text != "" && text != erasing && !seen[text] {
			seen[text] = true
			out = append(out, store.Needle{Text: text, Kind: h.Category, Erased: true})
		}
	}
	return out
}

// matchKeys are the numbers of a person as events from providers are kept by.
func matchKeys(held []store.Holding) []string {
	var out []string
	for _, h := range held {
		if h.Category != store.PhoneNumber {
			continue
		}
		switch key := h.Value; {
		case h.Column == "match_key", h.Column == "peer" && strings.HasPrefix(key, "+"):
			out = append(out, key)
		case h.Column == "peer":
			out = append(out, store.MatchKey("", key))
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// addressKeys are a person's addresses of mail as an import compares them.
func addressKeys(held []store.Holding) []string {
	var out []string
	for _, h := range held {
		if h.Table == "contact_emails" && h.Column == "match_key" {
			out = append(out, h.Value)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// hashes are the keyed hashes of what was erased, for the erasure's row. Long
// texts are left out: nobody asks for them again.
func (s *Service) hashes(needles []store.Needle) string {
	var out []string
	for _, n := range needles {
		if n.Kind == store.Content {
			continue
		}
		for _, key := range n.Keys() {
			out = append(out, s.Vault.Hash("needle", key))
		}
	}
	slices.Sort(out)
	return strings.Join(slices.Compact(out), " ")
}

type sealedNeedle struct {
	Text string         `json:"t"`
	Kind store.Category `json:"k"`
}

// sealNeedles keeps the needles of an erasure, for a proof after a crash.
func (s *Service) sealNeedles(erasureID string, needles []store.Needle) ([]byte, error) {
	kept := make([]sealedNeedle, len(needles))
	for i, n := range needles {
		kept[i] = sealedNeedle{n.Text, n.Kind}
	}
	plain, err := json.Marshal(kept)
	if err != nil {
		return nil, err
	}
	defer clear(plain)
	return s.Vault.Seal("fields", "erasures|needles|"+erasureID, plain)
}

func (s *Service) unsealNeedles(e store.Erasure) ([]store.Needle, error) {
	if e.Needles == nil {
		return nil, nil
	}
	plain, err := s.Vault.Unseal("fields", "erasures|needles|"+e.ID, e.Needles)
	if err != nil {
		return nil, err
	}
	defer clear(plain)
	var kept []sealedNeedle
	if err := json.Unmarshal(plain, &kept); err != nil {
		return nil, err
	}
	needles := make([]store.Needle, len(kept))
	for i, n := range kept {
		needles[i] = store.Needle{Text: n.Text, Kind: n.Kind, Erased: true}
	}
	return needles, nil
}
