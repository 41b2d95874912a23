package web

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"

	"stead/app/errs"
)

// The vault panics where a hash is needed and it is locked.
func TestALockedVaultIsNoFault(t *testing.T) {
	for name, tc := range map[string]struct {
		value any
		want  int
	}{
		"locked":        {&errs.Error{Kind: errs.Unavailable, Code: "locked", Message: "The vault is locked."}, http.StatusServiceUnavailable},
		"anything else": {&errs.Error{Kind: errs.Unavailable, Code: "other"}, http.StatusInternalServerError},
		"no error":      {"ana@example.com", http.StatusInternalServerError},
	} {
		rt := NewRouter(slog.New(slog.DiscardHandler))
		r := httptest.NewRequest(http.MethodGet, "/x", nil)
		r.Header.Set("Accept", "application/json")
		w := httptest.NewRecorder()
		begin(Options{}, recovered(rt, http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic(tc.value) }))).ServeHTTP(w, r)
		if w.Code != tc.want {
			t.Errorf("%s: answered %d, want %d", name, w.Code, tc.want)
		}
	}
}
