package web

import (
	"context"
	"net/http"
)

// Say has the next page say a sentence, which is English and holds no name. With
// the id of an undo it has a button that takes the change back. Nil says nothing.
type Say func(ctx context.Context, sentence, undoID string)

// Once says a sentence.
func (say Say) Once(ctx context.Context, sentence, undoID string) {
	if say != nil {
		say(ctx, sentence, undoID)
	}
}

// Change says what a request changed, and takes it back. An empty undoID: nothing
// was changed, and nothing is said.
func (say Say) Change(r *http.Request, sentence, undoID string) {
	if undoID != "" {
		say.Once(r.Context(), sentence, undoID)
	}
}

// Done is Change, and leads to the page that says it.
func (say Say) Done(w http.ResponseWriter, r *http.Request, path, sentence, undoID string) error {
	say.Change(r, sentence, undoID)
	SeeOther(w, r, path)
	return nil
}
