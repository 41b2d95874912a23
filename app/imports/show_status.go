package imports

import (
	"context"
	"strconv"

	"stead/store"
	view "stead/views/imports"
	"stead/views/ui"
)

// status draws what an import is at.
func (s *Service) status(ctx context.Context, i store.Import, state string, op store.Operation) view.Status {
	p := view.Status{Path: importPath(i.ID), File: i.FileName, Title: "Import"}
	if i.OperationID != "" && op.ID == "" {
		if found, err := s.Store.Operation(ctx, i.OperationID); err == nil {
			op = found // it may have been swept
		}
	}
	switch state {
	case store.ImportChecking:
		p.Title, p.Text, p.Live, p.MayCancel = "Checking the file", "is being read to its end. Nothing is saved.", true, true
	case store.ImportReady:
		p.Title, p.Text, p.Ready, p.MayChange = "Before it is imported", "was checked. Nothing is saved yet.", true, true
	case store.ImportRunning:
		p.Title, p.Text, p.Live, p.MayCancel = "Importing", "is being imported. You can leave this page.", true, true
	case store.ImportDone:
		p.Title, p.Text, p.MayUndo = "Imported", "was imported.", true
	case store.ImportCancelled:
		p.Title, p.Text, p.MayUndo, p.Again = "Import cancelled", "was imported in part.", true, i.FileID != ""
		p.Kind, p.Notice = "warn", "The import was cancelled. What came in before stays until you undo it."
	case store.ImportFailed:
		p.Title, p.Text, p.MayUndo, p.Again = "Import stopped", "was imported in part.", true, i.FileID != ""
		p.Kind, p.Notice = "bad", "The import stopped at a problem. Go on, or undo what came in before."
	case store.ImportUndone:
		s.undone(&p, i, op)
	}
	p.MayUndo = p.MayUndo && s.Now().UnixMilli()-i.CreatedAt <= keepRejects.Milliseconds()
	p.Rejects = i.RejectsID != ""
	if p.Live {
		p.Done = ui.Say(ctx, "%s lines so far", number(op.Done))
		if op.Total > 0 {
			p.Value, p.Max = strconv.FormatInt(op.Done, 10), strconv.FormatInt(op.Total, 10)
			p.Done = ui.Say(ctx, "%s of %s", number(op.Done), number(op.Total))
		}
	}
	if state == store.ImportReady || state == store.ImportDone || state == store.ImportCancelled || state == store.ImportFailed || state == store.ImportUndone {
		p.Counts, p.Sum = counts(ctx, i, state)
	}
	return p
}

func (s *Service) undone(p *view.Status, i store.Import, op store.Operation) {
	if !op.Ended() && op.ID != "" {
		p.Title, p.Text, p.Live = "Taking the import back", "is being taken back.", true
		return
	}
	if op.State == store.OperationCancelled || op.State == store.OperationFailed {
		p.Title, p.Text, p.MayUndo = "Import taken back in part", "was taken back in part.", true
		p.Kind, p.Notice = "warn", "Taking it back stopped before its end. Undo the import again to go on."
		return
	}
	p.Title, p.Text = "Import taken back", "was taken back."
	if i.Kept > 0 {
		p.Kind, p.Notice = "info", "Some contacts were kept as they are, because somebody has worked with them since."
	}
}

func counts(ctx context.Context, i store.Import, state string) (list []view.Count, sum string) {
	add := func(label string, n int64, outcome string) {
		c := view.Count{Label: label, Number: number(n)}
		if state != store.ImportReady && n > 0 {
			c.Href = importPath(i.ID) + "/rows?outcome=" + outcome
		}
		list = append(list, c)
	}
	add("New contacts", i.Created, store.RowCreated)
	add("Updated", i.Updated, store.RowUpdated)
	add("Unchanged", i.Unchanged, store.RowUnchanged)
	add("Not imported, with the reason", i.Rejected, store.RowRejected)
	if i.Suppressed > 0 {
		add("Not taken in again: erased before", i.Suppressed, store.RowSuppressed)
	}
	if i.Flagged > 0 {
		add("Imported, but need a look", i.Flagged, "flagged")
	}
	if state == store.ImportUndone {
		add("Taken back", i.Undone, store.RowUndone)
		list = append(list, view.Count{Label: "Kept: changed since", Number: number(i.Kept)})
	}
	if i.Lines > 0 && state != store.ImportCancelled && state != store.ImportFailed {
		inRecords := i.Lines - i.Header - i.Blank
		sum = ui.Say(ctx, "%s lines in the file: %s in %s records, %s of the header, %s blank.",
			number(i.Lines), number(inRecords), number(i.Records), number(i.Header), number(i.Blank))
	}
	return list, sum
}
