package reports

import (
	"cmp"
	"context"
	"slices"

	"stead/store"
)

// Answered is how soon people were answered: all of them, or those who wrote, who
// called and were missed, or who asked by a form or a webhook.
type Answered struct {
	N, Waiting      int64
	Middle, Average int64   // of those who were answered, in milliseconds
	Within          []int64 // how many within each of bounds, and then later
}

const minute = 60 * 1000

// bounds are how soon answers are told apart by.
var bounds = []int64{5 * minute, 15 * minute, 60 * minute, 4 * 60 * minute, 24 * 60 * minute}

// mostReplies is how many of the latest are looked at.
const mostReplies = 5000

// Response is how soon people were answered, by how they came.
type Response struct {
	All, Messages, Calls, Leads Answered
	Cut                         bool // only the latest were looked at
}

func (s *Service) response(ctx context.Context, d desk) (Response, []store.Reply, error) {
	rows, err := s.Store.Replies(ctx, d.scope, d.span, mostReplies+1)
	if err != nil {
		return Response{}, nil, err
	}
	leads, err := s.Store.LeadReplies(ctx, d.leads, d.span, mostReplies+1)
	if err != nil {
		return Response{}, nil, err
	}
	rows = append(rows, leads...)
	slices.SortStableFunc(rows, func(a, b store.Reply) int { return cmp.Compare(b.At, a.At) })
	var out Response
	if out.Cut = len(rows) > mostReplies; out.Cut {
		rows = rows[:mostReplies]
	}
	of := func(kind string) Answered {
		return answered(slices.DeleteFunc(slices.Clone(rows), func(a store.Reply) bool { return kind != "" && a.Kind != kind }))
	}
	out.All, out.Messages, out.Calls, out.Leads = of(""), of("message"), of("call"), of(store.ReplyLead)
	return out, rows, nil
}

func answered(rows []store.Reply) Answered {
	out := Answered{N: int64(len(rows)), Within: make([]int64, len(bounds)+1)}
	var took []int64
	sum := int64(0)
	for _, a := range rows {
		if a.Answered == 0 {
			out.Waiting++
			continue
		}
		n := a.Answered - a.At
		took, sum = append(took, n), sum+n
		out.Within[bucket(n)]++
	}
	if len(took) > 0 {
		out.Average = sum / int64(len(took))
	}
	out.Middle = middle(took)
	return out
}

// bucket is the place among Within.
func bucket(took int64) int {
	if at := slices.IndexFunc(bounds, func(most int64) bool { return took <= most }); at >= 0 {
		return at
	}
	return len(bounds)
}
