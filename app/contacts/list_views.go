package contacts

import (
	"context"
	"net/url"

	"stead/app/access"
)

// Refine answers a form with a filter: the id of the view that stands for the
// question that it makes of another one; wholeList when nothing is asked. What
// was typed stands in a draft of the actor, and in no address.
func (s *Service) Refine(ctx context.Context, actor access.Actor, form url.Values) (string, error) {
	if err := mayList(actor); err != nil {
		return "", err
	}
	at := place{view: form.Get("view"), who: form.Get("who")}
	looked, err := s.question(ctx, actor, at)
	if err != nil {
		return "", err
	}
	fields, err := s.Store.Fields(ctx, "contact")
	if err != nil {
		return "", err
	}
	_, country, err := s.house.now(ctx, s.Store, s.Now())
	if err != nil {
		return "", err
	}
	q, err := rules(fields, country).Refine(looked.Question, form)
	if err != nil {
		return "", err
	}
	if len(q.Conditions) == 0 && len(q.Columns) == 0 && q.Find == "" {
		return wholeList, nil
	}
	return s.saved.Draft(ctx, actor, q)
}
