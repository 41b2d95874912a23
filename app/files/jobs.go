package files

import (
	"context"
	"time"

	"stead/app/jobs"
	"stead/store"
)

// Tidy is the job that looks through the folder of files once a day: one that
// lost its row, and that a crash kept on the disk, does not wait for a restart.
type Tidy struct{}

// Kind names the job.
func (Tidy) Kind() string { return "files.tidy" }

// TidyFiles does it. Uploads of the last day are left alone.
func (s *Service) TidyFiles(ctx context.Context, _ Tidy) error {
	_, err := s.Blobs.Tidy(ctx, false)
	return err
}

// Jobs hands the capability's work to the queue.
func (s *Service) Jobs(w *jobs.Workers) { jobs.Register(w, s.TidyFiles) }

// Periodic is the work that comes round by itself.
func (s *Service) Periodic() []store.Periodic {
	return []store.Periodic{{Every: 24 * time.Hour, Args: func() store.JobArgs { return Tidy{} }}}
}
