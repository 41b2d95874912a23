package privacy

import (
	"context"
	"time"

	"stead/app/access"
	"stead/store"
)

// Plan is what erasing a person would do. It holds counts only.
type Plan struct {
	Tables  []PlanTable      `json:"tables"`
	Remotes map[string]int64 `json:"remotes"` // copies by provider
	Stays   []Gap            `json:"stays"`
}

// PlanTable is what happens to the rows of one table.
type PlanTable struct {
	Table   string `json:"table"`
	Purpose string `json:"purpose"`
	Rows    int64  `json:"rows"`
	Does    string `json:"does"` // delete or anonymise
}

// What happens to rows.
const (
	deletes    = "delete"
	anonymises = "anonymise"
)

// Plan tells what erasing a person would do, and does nothing.
func (s *Service) Plan(ctx context.Context, actor access.Actor, contactID string) (Plan, error) {
	if _, err := s.contact(ctx, &s.Store.Reader, actor, access.PrivacyErase, contactID); err != nil {
		return Plan{}, err
	}
	if err := s.unlocked(); err != nil {
		return Plan{}, err
	}
	return s.plan(ctx, &s.Store.Reader, contactID)
}

func (s *Service) plan(ctx context.Context, r *store.Reader, contactID string) (Plan, error) {
	held, err := r.Holdings(ctx, contactID)
	if err != nil {
		return Plan{}, err
	}
	plan := Plan{Tables: planTables(held), Remotes: map[string]int64{}}
	var waiting int64
	for _, key := range matchKeys(held) {
		n, err := r.InboundHeld(ctx, s.Vault.Hash("peer", key))
		if err != nil {
			return Plan{}, err
		}
		waiting += n
	}
	if waiting > 0 {
		plan.Tables = append(plan.Tables, PlanTable{Table: "inbound_events", Purpose: "receiving calls and texts", Rows: waiting, Does: anonymises})
	}
	remotes, err := r.RemotesOf(ctx, contactID)
	if err != nil {
		return Plan{}, err
	}
	for _, m := range remotes {
		plan.Remotes[m.Provider]++
	}
	unsure, err := r.UnsureTexts(ctx, contactID)
	if err != nil {
		return Plan{}, err
	}
	deals, err := r.DealsLeft(ctx, contactID)
	if err != nil {
		return Plan{}, err
	}
	plan.Stays = append(dealGaps(deals), remoteGaps(store.RemotesLeft{Unsure: int64(len(unsure))})...)
	plan.Stays = append(plan.Stays, s.gaps(ctx, s.Now())...)
	return plan, nil
}

// dealsStay names what stays of deals, in the plan and in the receipt.
const dealsStay = "Amounts, dates, stages and products of deals"

// dealGaps are what the business keeps of what it sold and bought: nothing in it
// tells with whom.
func dealGaps(left store.DealsLeft) []Gap {
	if left.Deals == 0 {
		return nil
	}
	g := Gap{What: dealsStay, Count: left.Deals, Why: "Books and taxes ask for what was sold or bought, when and for how much, and every total stays as it was. The person, titles, notes, files and other words of the deals go. A line keeps its product of the list; what was typed in its place goes."}
	if left.Open > 0 {
		g.Why += " An open deal stays until eight years after it is won or lost, or after anybody last worked on it."
	} else {
		g.Until = date(time.UnixMilli(left.Until))
	}
	return []Gap{g}
}

// planTables counts the rows that hold something, in the order of the map.
func planTables(held []store.Holding) []PlanTable {
	does := map[string]string{}
	for _, t := range store.DataMap() {
		if does[t.Name] = anonymises; t.Rows == store.DeleteRow {
			does[t.Name] = deletes
		}
	}
	var out []PlanTable
	last := ""
	for _, h := range held { // a table's rows, and a row's values, stand together
		if len(out) == 0 || out[len(out)-1].Table != h.Table {
			out, last = append(out, PlanTable{Table: h.Table, Purpose: h.Purpose, Does: does[h.Table]}), ""
		}
		if key := h.Table + "\x00" + h.Row; key != last {
			out[len(out)-1].Rows++
			last = key
		}
	}
	return out
}

// Gap is something that an erasure does not reach: what it is, why it stays,
// and until when if that is known.
type Gap struct {
	What  string `json:"what"`
	Why   string `json:"why"`
	Until string `json:"until,omitempty"` // a date
	Count int64  `json:"count,omitempty"` // where it can be counted
}

// How long what stays is kept.
const (
	keysKept    = 35 * day
	backupsKept = 28 * day
)

// gaps lists what an erasure at the time now does not reach. The words are
// English and are translated where they are shown.
func (s *Service) gaps(ctx context.Context, now time.Time) []Gap {
	until := date(now.Add(keysKept))
	gaps := []Gap{
		{What: "An opt-out from texts, if there was one", Why: "Kept as a keyed hash of the number, so that nobody texts it again."},
		{What: "Entries of the erasure ledger", Why: "Keyed hashes, so that restoring an old backup erases the person again."},
		{What: "Keys of calls and texts that were received", Why: "Kept as keyed hashes, so that a repeated callback does nothing.", Until: until},
		{What: "Keyed hashes of what the proof looked for", Why: "So that the proof can be repeated.", Until: until},
		s.backupGap(ctx, now),
		{What: "Copies at the provider and at the carrier", Why: "Texts and calls are deleted at the provider through its interface; the outcome stands in the receipt. What carriers keep is theirs."},
		{What: "Other people's phones and inboxes", Why: "What was sent to somebody is in their hands."},
		{What: "Disk snapshots, copies of the machine and swap space", Why: "They lie outside the data folder; whoever runs the machine sees to them."},
		{What: "Copies of exported files", Why: "The exports kept here are deleted. What somebody took along is in their hands."},
	}
	if s.Store.Engine() != "sqlite" {
		gaps = append(gaps, Gap{What: "The heap, the log and the replicas of the database server", Why: "Bytes are proved for the embedded database only; the server frees its pages in its own time."})
	}
	return gaps
}

// remoteGaps are what is left at providers for all that is known.
func remoteGaps(left store.RemotesLeft) []Gap {
	var gaps []Gap
	if left.Unsure > 0 {
		gaps = append(gaps, Gap{
			What: "Texts of which nobody knows whether the provider has them", Count: left.Unsure,
			Why: "The connection broke while they were handed over, and looking them up found nothing. Look in the provider's own log.",
		})
	}
	if left.Named > 0 {
		gaps = append(gaps, Gap{
			What: "References of copies that the provider has not deleted", Count: left.Named,
			Why: "Kept so that deleting them can be tried again.", Until: date(time.UnixMilli(left.TriedAt).Add(keysKept)),
		})
	}
	return gaps
}

func (s *Service) backupGap(ctx context.Context, now time.Time) Gap {
	gap := Gap{
		What: "Encrypted backups that were made before",
		Why:  "They cannot be changed. Restoring one erases the person again, from the ledger. Copies that were taken elsewhere are deleted there.",
	}
	if s.Backups == nil {
		gap.Until = date(now.Add(backupsKept))
		return gap
	}
	n, until, err := s.Backups.Kept(ctx)
	switch {
	case err != nil: // a place that cannot be looked at may hold the latest
		gap.Until = date(now.Add(backupsKept))
	case n > 0:
		gap.Until = date(until)
	}
	return gap
}

func date(t time.Time) string { return t.UTC().Format(time.DateOnly) }
