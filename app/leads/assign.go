package leads

import (
	"context"

	"stead/app/access"
	"stead/store"
)

// ownerOf finds who looks after a deal. Whoever looks after the person already
// keeps them; else it goes by the source: nobody where none of its colleagues may
// hold a deal any more.
func (s *Service) ownerOf(ctx context.Context, tx *store.Tx, src store.LeadSource, now string) (string, error) {
	if now == "" && (src.Assign == store.AssignNobody || len(src.Members) == 0) {
		return "", nil
	}
	users, err := tx.Users(ctx)
	if err != nil {
		return "", err
	}
	holders, err := access.People(users).Holders(ctx, &tx.Reader, access.DealsRead)
	if err != nil {
		return "", err
	}
	may := map[string]bool{}
	for _, u := range holders {
		may[u.ID] = true
	}
	if may[now] {
		return now, nil
	}
	var able []string
	for _, id := range src.Members {
		if may[id] {
			able = append(able, id)
		}
	}
	switch {
	case len(able) == 0 || src.Assign == store.AssignNobody:
		return "", nil
	case src.Assign == store.AssignOne:
		return able[0], nil
	case src.Assign == store.AssignLeast:
		if able, err = least(ctx, tx, able); err != nil {
			return "", err
		}
	}
	return tx.TakeTurn(ctx, src.ID, able)
}

// least leaves those who have the fewest open deals.
func least(ctx context.Context, tx *store.Tx, users []string) ([]string, error) {
	open, err := tx.OpenDealsOf(ctx, users)
	if err != nil {
		return nil, err
	}
	var out []string
	for _, u := range users {
		switch {
		case len(out) == 0 || open[u] < open[out[0]]:
			out = []string{u}
		case open[u] == open[out[0]]:
			out = append(out, u)
		}
	}
	return out, nil
}

// tell tells those who mend leads that there is one; somebody who has not seen the
// last such notice needs no other.
func (s *Service) tell(ctx context.Context, tx *store.Tx, leadID string, at int64) error {
	users, err := tx.Users(ctx)
	if err != nil {
		return err
	}
	holders, err := access.People(users).Holders(ctx, &tx.Reader, access.LeadsWrite)
	if err != nil {
		return err
	}
	for _, u := range holders {
		told, err := tx.HasUnread(ctx, u.ID, store.NoticeLeadFailed)
		if err != nil {
			return err
		}
		if told {
			continue
		}
		n := store.Notification{ID: s.NewID(), UserID: u.ID, Kind: store.NoticeLeadFailed, Subject: leadID, At: at}
		if err := tx.Notify(ctx, n); err != nil {
			return err
		}
	}
	return nil
}
