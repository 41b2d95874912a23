package roles

import (
	"context"

	"stead/app/access"
	"stead/app/errs"
	"stead/app/naming"
	"stead/store"
)

// Team is a team and who is in it.
type Team struct {
	ID, Name string
	People   []string // names
}

// Teams lists the teams by name, for whoever may see the team.
func (s *Service) Teams(ctx context.Context, actor access.Actor) ([]Team, error) {
	if err := mayRead(actor); err != nil {
		return nil, err
	}
	rows, err := s.Store.Teams(ctx)
	if err != nil {
		return nil, err
	}
	users, err := s.Store.Users(ctx)
	if err != nil {
		return nil, err
	}
	people := map[string][]string{}
	for i := range users {
		if u := users[i]; u.RemovedAt == 0 {
			people[u.TeamID] = append(people[u.TeamID], u.Name)
		}
	}
	out := make([]Team, len(rows))
	for i, row := range rows {
		out[i] = Team{ID: row.ID, Name: row.Name, People: people[row.ID]}
	}
	return out, nil
}

// CreateTeam adds a team and returns its id: errs.Invalid when the name is taken.
func (s *Service) CreateTeam(ctx context.Context, actor access.Actor, typed, key string) (string, error) {
	if err := mayWriteTeams(actor); err != nil {
		return "", err
	}
	name, problem := naming.Read(typed)
	if problem != "" {
		return "", errs.Form(map[string]string{"name": problem})
	}
	id := s.NewID()
	act := s.act(actor, EventTeamCreated, id)
	return s.Store.Once(ctx, key, id, act.at, func(tx *store.Tx) error {
		if _, err := again(ctx, tx, actor, mayWriteTeams); err != nil {
			return err
		}
		err := tx.InsertTeam(ctx, store.TeamGroup{ID: id, Name: name, NameKey: store.Fold(name), CreatedAt: act.at})
		if err != nil {
			return taken(err, teamTaken)
		}
		return act.record(ctx, tx)
	})
}

// RenameTeam gives a team another name than the one that its editor saw. It is a
// Conflict of CodeChanged when it has a third one by now.
func (s *Service) RenameTeam(ctx context.Context, actor access.Actor, id, seen, typed string) error {
	if err := mayWriteTeams(actor); err != nil {
		return err
	}
	name, problem := naming.Read(typed)
	if problem != "" {
		return errs.Form(map[string]string{"name": problem})
	}
	act := s.act(actor, EventTeamRenamed, id)
	return s.Store.InTx(ctx, func(tx *store.Tx) error {
		if _, err := again(ctx, tx, actor, mayWriteTeams); err != nil {
			return err
		}
		team, err := tx.Team(ctx, id)
		switch {
		case err != nil:
			return err
		case team.Name == name:
			return nil
		case team.Name != seen:
			return &errs.Error{Kind: errs.Conflict, Code: CodeChanged, Message: "Someone else renamed this team while you were editing."}
		}
		if err := tx.RenameTeam(ctx, id, name, store.Fold(name)); err != nil {
			return taken(err, teamTaken)
		}
		return act.record(ctx, tx)
	})
}

// DeleteTeam removes a team; its people are in none. It is Denied for whoever
// has a right that ends at their own team.
func (s *Service) DeleteTeam(ctx context.Context, actor access.Actor, id string) error {
	if err := mayDeleteTeams(actor); err != nil {
		return err
	}
	act := s.act(actor, EventTeamDeleted, id)
	return s.Store.InTx(ctx, func(tx *store.Tx) error {
		if _, err := again(ctx, tx, actor, mayDeleteTeams); err != nil {
			return err
		}
		if _, err := tx.Team(ctx, id); err != nil {
			return err
		}
		if err := tx.DeleteTeam(ctx, id); err != nil {
			return err
		}
		return act.record(ctx, tx)
	})
}

func mayDeleteTeams(actor access.Actor) error {
	if access.Narrow(actor) {
		return denied("Your role reaches your own team alone, and deleting a team moves its people.")
	}
	return mayWriteTeams(actor)
}

const teamTaken = "There is a team of this name already."

func mayWriteTeams(actor access.Actor) error {
	return access.Allow(actor, access.TeamWrite, access.Object{})
}
