package store

import (
	"context"
	"database/sql"
	"slices"
	"strings"
)

var leadTables = []Table{
	{Name: "lead_sources", Purpose: "winning work", Retain: Rule{Keep: "how leads come in, until somebody deletes it"}, Columns: []Columns{
		{Names: `id kind token enabled pipeline_id stage_id assign task_hours policy_url origins posts opt_in once_path version created_at updated_at deleted_at`, Category: Plain},
		{Names: "name name_key line tags task_title intro button thanks", Category: Firm},
		{Names: "members", Category: Staff},
	}},
	{Name: "lead_fields", Purpose: "winning work", Retain: Rule{Keep: "parent:lead_sources"}, Columns: []Columns{
		{Names: "id source_id position kind required path target channel wording_id created_at", Category: Plain},
		{Names: "label hint choices", Category: Firm},
	}},
	{Name: "lead_wordings", Purpose: "proving consent", Retain: Rule{Keep: "the words that somebody agreed to, as long as that may have to be shown"}, Columns: []Columns{
		{Names: "id source_id field_id channel created_at", Category: Plain},
		{Names: "words", Category: Firm},
	}},
	{Name: "lead_turns", Purpose: "winning work", Retain: Rule{Keep: "parent:lead_sources"}, Columns: []Columns{
		{Names: "source_id turn", Category: Plain},
		{Names: "user_id", Category: Staff},
	}},
	{
		Name: "leads", Purpose: "winning work", Subject: "contact_id", Rows: DeleteRow,
		Retain: Rule{After: "settled_at", Else: "updated_at", Days: 90}, // one that failed and that nobody mends goes too; see DropUnconfirmedLeads
		Columns: []Columns{
			{Names: `id source_id kind state reason confirm_until confirmed_at contact_id deal_id version received_at updated_at settled_at`, Category: Plain},
			{Names: "answers", Category: Content, Erase: Redact, Shared: mailers}, // the address, where it is to be confirmed
			{Names: "once_hash body_hash", Category: Hash},
			{Names: "token_hash", Category: Secret},
			{Names: "settled_by", Category: Staff, Erase: Null},
		},
	},
}

// The kinds of sources of leads.
const (
	LeadForm    = "form"
	LeadWebhook = "webhook"
	LeadCall    = "call"
)

// How the deals of a source find their owner.
const (
	AssignNobody = "nobody"
	AssignOne    = "one"
	AssignTurns  = "turns" // round robin
	AssignLeast  = "least" // whoever has the fewest open deals
)

// LeadSource is where leads come from and what is made of them. Fields are those
// of a form or of a webhook's mapping; a call has none.
type LeadSource struct {
	ID, Kind, Name, NameKey, Token           string
	Enabled                                  bool
	Line                                     string // of calls; empty: any
	PipelineID, StageID                      string
	Assign                                   string
	Members                                  []string // users
	Tags                                     []string // names
	TaskTitle                                string   // empty: no task
	TaskHours                                int64
	Intro, Button, Thanks, PolicyURL         string
	Origins                                  []string
	Posts, OptIn                             bool
	OncePath                                 string
	Version, CreatedAt, UpdatedAt, DeletedAt int64
	Fields                                   []LeadField
}

// LeadField is one question of a form, or one place of a webhook's message.
type LeadField struct {
	ID, SourceID       string
	Position           int64
	Label, Hint, Kind  string
	Choices            []string
	Required           bool
	Path, Target       string
	Channel, WordingID string // of a consent
	CreatedAt          int64
}

// LeadWording is what somebody was asked to agree to, word by word.
type LeadWording struct {
	ID, SourceID, FieldID, Words, Channel string
	CreatedAt                             int64
}

const leadSourceColumns = `id, kind, name, name_key, COALESCE(token, ''), enabled, line, pipeline_id, stage_id, assign, members, tags, task_title, task_hours,
	intro, button, thanks, policy_url, origins, posts, opt_in, once_path, version, created_at, updated_at, COALESCE(deleted_at, 0)`

func scanLeadSource(row interface{ Scan(...any) error }, s *LeadSource) error {
	var members, tags, origins string
	var enabled, posts, optIn int64
	err := row.Scan(&s.ID, &s.Kind, &s.Name, &s.NameKey, &s.Token, &enabled, &s.Line, &s.PipelineID, &s.StageID, &s.Assign, &members, &tags, &s.TaskTitle, &s.TaskHours,
		&s.Intro, &s.Button, &s.Thanks, &s.PolicyURL, &origins, &posts, &optIn, &s.OncePath, &s.Version, &s.CreatedAt, &s.UpdatedAt, &s.DeletedAt)
	s.Enabled, s.Posts, s.OptIn = enabled != 0, posts != 0, optIn != 0
	s.Members, s.Origins = strings.Fields(members), strings.Fields(origins)
	if tags != "" {
		s.Tags = strings.Split(tags, ",")
	}
	return err
}

func leadSourceRows(rows *sql.Rows, s *LeadSource) error { return scanLeadSource(rows, s) }

// LeadSources lists the sources by name, with their fields; deleted ones are left
// out.
func (r *Reader) LeadSources(ctx context.Context) ([]LeadSource, error) {
	all, err := list(ctx, r, "store.LeadSources", `
		SELECT `+leadSourceColumns+` FROM lead_sources WHERE deleted_at IS NULL ORDER BY name_key, id`, leadSourceRows)
	if err != nil {
		return nil, err
	}
	fields, err := list(ctx, r, "store.LeadSources", `
		SELECT `+leadFieldColumns+` FROM lead_fields ORDER BY source_id, position, id`, scanLeadField)
	for i := range all {
		for _, f := range fields {
			if f.SourceID == all[i].ID {
				all[i].Fields = append(all[i].Fields, f)
			}
		}
	}
	return all, err
}

// LeadSource returns one with its fields, also a deleted one, or ErrNotFound.
func (r *Reader) LeadSource(ctx context.Context, id string) (LeadSource, error) {
	return r.leadSourceBy(ctx, "id = $1", id)
}

// LeadSourceByToken returns the form or webhook of an address, or ErrNotFound.
func (r *Reader) LeadSourceByToken(ctx context.Context, kind, token string) (LeadSource, error) {
	return r.leadSourceBy(ctx, "token = $1 AND kind = $2 AND deleted_at IS NULL", token, kind)
}

// LeadSourceOfLine returns what makes deals of calls to one of our numbers that
// nobody took: that of the number, or else that of any; ErrNotFound when there is
// none that is on.
func (r *Reader) LeadSourceOfLine(ctx context.Context, line string) (LeadSource, error) {
	return r.leadSourceBy(ctx, `kind = 'call' AND enabled = 1 AND deleted_at IS NULL AND line IN ('', $1) ORDER BY line DESC, id LIMIT 1`, line)
}

func (r *Reader) leadSourceBy(ctx context.Context, where string, args ...any) (LeadSource, error) {
	s, err := one(ctx, r, "store.LeadSource", `SELECT `+leadSourceColumns+` FROM lead_sources WHERE `+where,
		func(row *sql.Row, s *LeadSource) error { return scanLeadSource(row, s) }, args...)
	if err != nil {
		return s, err
	}
	s.Fields, err = list(ctx, r, "store.LeadSource", `
		SELECT `+leadFieldColumns+` FROM lead_fields WHERE source_id = $1 ORDER BY position, id`, scanLeadField, s.ID)
	return s, err
}

const leadFieldColumns = `id, source_id, position, label, hint, kind, choices, required, path, target, channel, COALESCE(wording_id, ''), created_at`

func scanLeadField(rows *sql.Rows, f *LeadField) error {
	var choices string
	var required int64
	err := rows.Scan(&f.ID, &f.SourceID, &f.Position, &f.Label, &f.Hint, &f.Kind, &choices, &required, &f.Path, &f.Target, &f.Channel, &f.WordingID, &f.CreatedAt)
	f.Required = required != 0
	if choices != "" {
		f.Choices = strings.Split(choices, "\n")
	}
	return err
}

// InsertLeadSource adds a source without its fields.
func (tx *Tx) InsertLeadSource(ctx context.Context, s LeadSource) error {
	_, err := tx.exec(ctx, "store.InsertLeadSource", `
		INSERT INTO lead_sources (id, kind, name, name_key, token, enabled, line, pipeline_id, stage_id, assign, members, tags, task_title, task_hours,
			intro, button, thanks, policy_url, origins, posts, opt_in, once_path, created_at, updated_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $23)`,
		s.ID, s.Kind, s.Name, Fold(s.Name), nullText(s.Token), flag(s.Enabled), s.Line, s.PipelineID, s.StageID, s.Assign, strings.Join(s.Members, " "),
		strings.Join(s.Tags, ","), s.TaskTitle, s.TaskHours, s.Intro, s.Button, s.Thanks, s.PolicyURL, strings.Join(s.Origins, " "), flag(s.Posts), flag(s.OptIn),
		s.OncePath, s.CreatedAt)
	return err
}

// UpdateLeadSource saves a source of the version that the editor saw, and raises
// it; its kind and its address stay. ErrConflict: somebody else saved in between.
func (tx *Tx) UpdateLeadSource(ctx context.Context, s LeadSource) error {
	result, err := tx.q.ExecContext(ctx, `
		UPDATE lead_sources SET name = $1, name_key = $2, enabled = $3, line = $4, pipeline_id = $5, stage_id = $6, assign = $7, members = $8, tags = $9,
			task_title = $10, task_hours = $11, intro = $12, button = $13, thanks = $14, policy_url = $15, origins = $16, posts = $17, opt_in = $18,
			once_path = $19, updated_at = $20, version = version + 1
		WHERE id = $21 AND version = $22 AND deleted_at IS NULL`,
		s.Name, Fold(s.Name), flag(s.Enabled), s.Line, s.PipelineID, s.StageID, s.Assign, strings.Join(s.Members, " "), strings.Join(s.Tags, ","),
		s.TaskTitle, s.TaskHours, s.Intro, s.Button, s.Thanks, s.PolicyURL, strings.Join(s.Origins, " "), flag(s.Posts), flag(s.OptIn),
		s.OncePath, s.UpdatedAt, s.ID, s.Version)
	return tx.changed("store.UpdateLeadSource", result, err)
}

// DeleteLeadSource takes a source away: its address opens nothing any more. What
// came in by it stays. ErrConflict: somebody else saved in between.
func (tx *Tx) DeleteLeadSource(ctx context.Context, id string, version, at int64) error {
	result, err := tx.q.ExecContext(ctx, `
		UPDATE lead_sources SET deleted_at = $1, enabled = 0, version = version + 1 WHERE id = $2 AND version = $3 AND deleted_at IS NULL`, at, id, version)
	return tx.changed("store.DeleteLeadSource", result, err)
}

// leaveSources has no lead go to a user any more. Where all went to them alone
// they go to whoever gets their deals, and to nobody when that is nobody.
func (tx *Tx) leaveSources(ctx context.Context, userID, heir string, at int64) error {
	sources, err := tx.LeadSources(ctx)
	for _, s := range sources {
		i := slices.Index(s.Members, userID)
		if err != nil || i < 0 {
			continue
		}
		s.Members = slices.Delete(s.Members, i, i+1)
		switch {
		case len(s.Members) > 0:
		case heir != "":
			s.Members = []string{heir}
		default:
			s.Assign = AssignNobody
		}
		_, err = tx.exec(ctx, "store.leaveSources", `
			UPDATE lead_sources SET assign = $1, members = $2, updated_at = $3, version = version + 1 WHERE id = $4`,
			s.Assign, strings.Join(s.Members, " "), at, s.ID)
	}
	return err
}

// SetLeadFields makes these the fields of a source, in this order.
func (tx *Tx) SetLeadFields(ctx context.Context, sourceID string, fields []LeadField) error {
	_, err := tx.exec(ctx, "store.SetLeadFields", `DELETE FROM lead_fields WHERE source_id = $1`, sourceID)
	for i, f := range fields {
		if err != nil {
			return err
		}
		_, err = tx.exec(ctx, "store.SetLeadFields", `
			INSERT INTO lead_fields (id, source_id, position, label, hint, kind, choices, required, path, target, channel, wording_id, created_at)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)`,
			f.ID, sourceID, i, f.Label, f.Hint, f.Kind, strings.Join(f.Choices, "\n"), flag(f.Required), f.Path, f.Target, f.Channel, nullText(f.WordingID), f.CreatedAt)
	}
	return err
}

// InsertLeadWording keeps the words of a consent.
func (tx *Tx) InsertLeadWording(ctx context.Context, w LeadWording) error {
	_, err := tx.exec(ctx, "store.InsertLeadWording", `
		INSERT INTO lead_wordings (id, source_id, field_id, words, channel, created_at) VALUES ($1, $2, $3, $4, $5, $6)`,
		w.ID, w.SourceID, w.FieldID, w.Words, w.Channel, w.CreatedAt)
	return err
}

// LeadWording returns the words of a consent, or ErrNotFound.
func (r *Reader) LeadWording(ctx context.Context, id string) (LeadWording, error) {
	return one(ctx, r, "store.LeadWording", `SELECT id, source_id, field_id, words, channel, created_at FROM lead_wordings WHERE id = $1`,
		func(row *sql.Row, w *LeadWording) error {
			return row.Scan(&w.ID, &w.SourceID, &w.FieldID, &w.Words, &w.Channel, &w.CreatedAt)
		}, id)
}

// TakeTurn returns whose turn it is of some users, and notes that they had it:
// whoever had none for longest. Users must not be empty.
func (tx *Tx) TakeTurn(ctx context.Context, sourceID string, users []string) (string, error) {
	type had struct {
		user string
		turn int64
	}
	rows, err := list(ctx, &tx.Reader, "store.TakeTurn", `SELECT user_id, turn FROM lead_turns WHERE source_id = $1`,
		func(rows *sql.Rows, h *had) error { return rows.Scan(&h.user, &h.turn) }, sourceID)
	if err != nil {
		return "", err
	}
	turns, last := map[string]int64{}, int64(0)
	for _, h := range rows {
		turns[h.user], last = h.turn, max(last, h.turn)
	}
	next := users[0]
	for _, u := range users[1:] {
		if turns[u] < turns[next] {
			next = u
		}
	}
	_, err = tx.exec(ctx, "store.TakeTurn", `
		INSERT INTO lead_turns (source_id, user_id, turn) VALUES ($1, $2, $3) ON CONFLICT (source_id, user_id) DO UPDATE SET turn = excluded.turn`,
		sourceID, next, last+1)
	return next, err
}

// OpenDealsOf counts the open deals of some users; they must not be empty.
func (r *Reader) OpenDealsOf(ctx context.Context, users []string) (map[string]int64, error) {
	type count struct {
		user string
		n    int64
	}
	marks, args := inList(users)
	rows, err := list(ctx, r, "store.OpenDealsOf", `
		SELECT owner_id, COUNT(*) FROM deals WHERE owner_id IN (`+marks+`) AND status = 'open' AND deleted_at IS NULL GROUP BY owner_id`,
		func(rows *sql.Rows, c *count) error { return rows.Scan(&c.user, &c.n) }, args...)
	out := map[string]int64{}
	for _, c := range rows {
		out[c.user] = c.n
	}
	return out, err
}

// HasOpenDeal tells whether somebody has a deal that is neither won nor lost.
func (r *Reader) HasOpenDeal(ctx context.Context, contactID string) (bool, error) {
	n, err := r.count(ctx, "store.HasOpenDeal", `
		SELECT COUNT(*) FROM deals WHERE contact_id = $1 AND status = 'open' AND deleted_at IS NULL`, contactID)
	return n > 0, err
}
