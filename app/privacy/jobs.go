package privacy

import (
	"time"

	"stead/app/jobs"
	"stead/store"
)

// Jobs hands the capability's work to the queue.
func (s *Service) Jobs(w *jobs.Workers) {
	jobs.Register(w, s.DeleteRemotes)
	jobs.Register(w, s.Daily)
	jobs.Register(w, s.SeeClock)
}

// Periodic is the work that comes round by itself.
func (s *Service) Periodic() []store.Periodic {
	return []store.Periodic{
		{Every: clockEvery, AtStart: true, Args: func() store.JobArgs { return SeeClock{} }},
		{Every: time.Hour, AtStart: true, Args: func() store.JobArgs { return Daily{} }},
	}
}
