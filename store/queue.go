package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"log/slog"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver"
	"github.com/riverqueue/river/rivermigrate"
)

var jobTables = []Table{
	{Name: "river_job", Purpose: "running", Retain: Rule{Keep: "the queue removes what was finished within a day"}, Columns: []Columns{
		{Names: "id attempt attempted_at attempted_by created_at errors finalized_at kind max_attempts metadata priority queue state scheduled_at tags unique_key unique_states", Category: Plain},
		{Names: "args", Category: Plain}, // ids only
	}},
	{Name: "river_leader", Purpose: "running", Retain: Rule{Keep: "head row"}, Columns: []Columns{{Names: "elected_at expires_at leader_id name", Category: Plain}}},
	{Name: "river_queue", Purpose: "running", Retain: Rule{Keep: "head row"}, Columns: []Columns{{Names: "name created_at metadata paused_at updated_at", Category: Plain}}},
	{Name: "river_client", Purpose: "running", Retain: Rule{Keep: "head row"}, Columns: []Columns{{Names: "id created_at metadata paused_at updated_at", Category: Plain}}},
	{Name: "river_client_queue", Purpose: "running", Retain: Rule{Keep: "head row"}, Columns: []Columns{{Names: "river_client_id name created_at max_workers metadata num_jobs_completed num_jobs_running updated_at", Category: Plain}}},
	{Name: "river_migration", Purpose: "running", Retain: Rule{Keep: "the version of the schema"}, Columns: []Columns{{Names: "line version created_at", Category: Plain}}},
}

// JobArgs is a piece of work: ids only, never a name, an address or a text.
// Kind has two letters or more and never changes.
type JobArgs interface{ Kind() string }

// JobOption is how a job is enqueued.
type JobOption func(*jobSettings)

type jobSettings struct {
	key string
	at  time.Time
}

// UniqueKey makes the job once-only: while one of the same kind and key waits,
// runs or was done within the day, another is not enqueued, which is no error.
// The key is made of ids.
func UniqueKey(key string) JobOption { return func(s *jobSettings) { s.key = key } }

// At has the job wait until t; it may begin up to six seconds later.
func At(t time.Time) JobOption { return func(s *jobSettings) { s.at = t } }

// jobAttempts is how often a job is tried before it counts as failed.
const jobAttempts = 8

// Enqueue adds a job in the transaction that makes it due. It starts as soon as
// the transaction is committed, if its time has come.
func (tx *Tx) Enqueue(ctx context.Context, args JobArgs, opts ...JobOption) error {
	var set jobSettings
	for _, opt := range opts {
		opt(&set)
	}
	insert := &river.InsertOpts{ScheduledAt: set.at, MaxAttempts: jobAttempts}
	var work river.JobArgs = args
	if set.key != "" {
		work = keyedArgs{args: args, Key: set.key}
		insert.UniqueOpts = river.UniqueOpts{ByArgs: true}
	}
	if _, err := tx.jobs.InsertTx(ctx, tx.sql, work, insert); err != nil {
		return tx.fault("store.Enqueue", err)
	}
	tx.wake = true
	return nil
}

// keyedArgs are args with the key that makes them unique, written as one more
// field that the worker does not look at.
type keyedArgs struct {
	args JobArgs
	Key  string `json:"_key" river:"unique"`
}

// Kind is that of the args.
func (k keyedArgs) Kind() string { return k.args.Kind() }

// MarshalJSON adds the key to the fields of the args.
func (k keyedArgs) MarshalJSON() ([]byte, error) {
	text, err := json.Marshal(k.args)
	if err != nil {
		return nil, err
	}
	fields := map[string]json.RawMessage{}
	if err := json.Unmarshal(text, &fields); err != nil {
		return nil, fmt.Errorf("store: job args of kind %s are no object: %w", k.args.Kind(), err)
	}
	if fields["_key"], err = json.Marshal(k.Key); err != nil {
		return nil, err
	}
	return json.Marshal(fields)
}

// queue is what the store keeps of River: a client that only inserts, and the
// bell that wakes the workers.
type queue struct {
	client *river.Client[*sql.Tx]
	driver riverdriver.Driver[*sql.Tx]
	bell   chan struct{}
}

func newQueue(eng engine, write *sql.DB) (queue, error) {
	q := queue{bell: make(chan struct{}, 1)}
	q.driver = wakingDriver{Driver: eng.jobDriver(write), bell: q.bell}
	client, err := river.NewClient(q.driver, &river.Config{Logger: slog.New(slog.DiscardHandler)})
	q.client = client
	return q, err
}

// wakeJobs rings for the workers. One ring that is still to be heard is enough.
func (s *Store) wakeJobs() {
	select {
	case s.jobs.bell <- struct{}{}:
	default:
	}
}

// migrateJobs brings River's own tables up to date.
func (s *Store) migrateJobs(ctx context.Context) error {
	m, err := rivermigrate.New(s.jobs.driver, &rivermigrate.Config{Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		return err
	}
	var found, at int64
	if err := s.write.QueryRowContext(ctx, s.eng.hasTable(), "river_migration").Scan(&found); err != nil {
		return s.fault("store.migrateJobs", err)
	}
	if found > 0 {
		err := s.write.QueryRowContext(ctx, `SELECT COALESCE(MAX(version), 0) FROM river_migration WHERE line = 'main'`).Scan(&at)
		if err != nil {
			return s.fault("store.migrateJobs", err)
		}
	}
	newest := 0
	for _, v := range m.AllVersions() {
		newest = max(newest, v.Version)
	}
	switch {
	case at > int64(newest):
		return fmt.Errorf("%w: its jobs are of version %d, this program knows %d", ErrNewerSchema, at, newest)
	case at == int64(newest):
		return nil
	}
	_, err = m.Migrate(ctx, rivermigrate.DirectionUp, nil)
	return s.fault("store.migrateJobs", err)
}
