package twilio

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	api "github.com/twilio/twilio-go/rest/api/v2010"

	"stead/app/port"
)

// longestCall is Twilio's limit: a call that ended just now began no earlier.
const longestCall = 4 * time.Hour

// moment is one callback that Twilio made, or would have made.
type moment struct {
	at   time.Time
	path string
	form url.Values
}

// Since replays what Twilio would have told us since a time, oldest first. Each
// record becomes the callbacks that belong to it, in the form in which Twilio
// posts them, so that it goes the way of a callback and gets the same key from
// Identify: what arrived already does nothing when it is replayed. A text is
// one callback; a finished call is three (it rang, the business's phones were
// rung, it ended); a text from one of our numbers is its last status. The one field that
// Twilio does not post is Timestamp, since a replay comes late.
func (p *Provider) Since(ctx context.Context, a port.Account, since time.Time, each func(port.Request) error) error {
	lines, err := p.cfg.Accounts.Lines(ctx)
	if err != nil {
		return err
	}
	var moments []moment
	err = p.use(ctx, a, "catch_up", func(s *api.ApiService) error {
		texts, err := textsSince(s, a, lines, since)
		if err != nil {
			return err
		}
		calls, err := callsSince(s, a, lines, since)
		moments = append(texts, calls...)
		return err
	})
	if err != nil {
		return err
	}
	slices.SortStableFunc(moments, func(x, y moment) int { return x.at.Compare(y.at) })
	for _, m := range moments {
		m.form.Set("Timestamp", m.at.Format(time.RFC1123Z))
		if err := each(p.replay(m)); err != nil {
			return err
		}
	}
	return nil
}

func (p *Provider) replay(m moment) port.Request {
	return port.Request{
		URL: p.cfg.PublicURL + m.path, Path: m.path,
		Header: map[string][]string{"Content-Type": {"application/x-www-form-urlencoded"}},
		Body:   []byte(m.form.Encode()),
	}
}

func textsSince(s *api.ApiService, a port.Account, lines []string, since time.Time) ([]moment, error) {
	var found []moment
	params := (&api.ListMessageParams{}).SetDateSentAfter(since.UTC()).SetPageSize(pageSize)
	err := eachMessage(s, params, func(m *api.ApiV2010Message) error {
		at := timeOf(m.DateSent)
		if at.IsZero() {
			at = timeOf(m.DateCreated)
		}
		form := url.Values{
			"AccountSid": {a.ID}, "MessageSid": {deref(m.Sid)}, "From": {deref(m.From)}, "To": {deref(m.To)},
		}
		switch direction := deref(m.Direction); {
		case before(at, since):
		case direction == "inbound" && slices.Contains(lines, deref(m.To)):
			form.Set("Body", deref(m.Body))
			form.Set("NumSegments", deref(m.NumSegments))
			if err := addMedia(s, m, form); err != nil {
				return err
			}
			found = append(found, moment{at, PathSMS, form})
		case outbound(direction) && final[deref(m.Status)] && slices.Contains(lines, deref(m.From)):
			form.Set("MessageStatus", deref(m.Status))
			if m.ErrorCode != nil && *m.ErrorCode != 0 {
				form.Set("ErrorCode", strconv.Itoa(*m.ErrorCode))
			}
			found = append(found, moment{at, PathStatus, form})
		}
		return nil
	})
	return found, err
}

// addMedia lists a message's attachments as a callback does. Deleted ones are none.
func addMedia(s *api.ApiService, m *api.ApiV2010Message, form url.Values) error {
	form.Set("NumMedia", "0")
	if number(deref(m.NumMedia)) == 0 {
		return nil
	}
	page, err := s.PageMedia(deref(m.Sid), (&api.ListMediaParams{}).SetPageSize(maxMedia), "", "")
	var refused *apiError
	if errors.As(err, &refused) && refused.status == http.StatusNotFound {
		return nil
	}
	if err != nil {
		return err
	}
	for i, media := range page.MediaList {
		n := strconv.Itoa(i)
		form.Set("MediaContentType"+n, deref(media.ContentType))
		form.Set("MediaUrl"+n, officialURL+strings.TrimSuffix(deref(media.Uri), ".json"))
	}
	form.Set("NumMedia", strconv.Itoa(len(page.MediaList)))
	return nil
}

func outbound(direction string) bool { return strings.HasPrefix(direction, "outbound") }

func callsSince(s *api.ApiService, a port.Account, lines []string, since time.Time) ([]moment, error) {
	var parents []*api.ApiV2010Call
	legs := map[string]*api.ApiV2010Call{} // the leg to the business that came furthest, by parent
	err := eachCall(s, since.Add(-longestCall), func(c *api.ApiV2010Call) {
		if parent := deref(c.ParentCallSid); parent != "" {
			if was := legs[parent]; was == nil || deref(c.Status) == "completed" {
				legs[parent] = c
			}
			return
		}
		if deref(c.Direction) == "inbound" && slices.Contains(lines, deref(c.To)) && over[deref(c.Status)] && !before(timeOf(c.EndTime), since) {
			parents = append(parents, c)
		}
	})
	var found []moment
	for _, c := range parents {
		found = append(found, callMoments(a, c, legs[deref(c.Sid)])...)
	}
	return found, err
}

// callMoments are the three callbacks of a finished call. Without a leg to the
// business nobody was rung, so nobody answered.
func callMoments(a port.Account, c, leg *api.ApiV2010Call) []moment {
	base := func() url.Values {
		return url.Values{
			"AccountSid": {a.ID}, "CallSid": {deref(c.Sid)}, "From": {deref(c.From)}, "To": {deref(c.To)}, "Direction": {"inbound"},
		}
	}
	start, end := timeOf(c.StartTime), timeOf(c.EndTime)
	if end.IsZero() {
		end = start
	}
	rang, dialed, ended := base(), base(), base()
	rang.Set("CallStatus", "ringing")
	dialed.Set("CallStatus", "in-progress")
	dialed.Set("DialCallStatus", "no-answer")
	if leg != nil {
		dialed.Set("DialCallStatus", deref(leg.Status))
		dialed.Set("DialCallDuration", deref(leg.Duration))
	}
	ended.Set("CallStatus", deref(c.Status))
	ended.Set("CallDuration", deref(c.Duration))
	return []moment{{start, PathVoice, rang}, {end, PathDial, dialed}, {end, PathCallStatus, ended}}
}

func eachCall(s *api.ApiService, since time.Time, each func(*api.ApiV2010Call)) error {
	params := (&api.ListCallParams{}).SetStartTimeAfter(since.UTC()).SetPageSize(pageSize)
	token, number := "", ""
	for range maxPages {
		page, err := s.PageCall(params, token, number)
		if err != nil {
			return err
		}
		for i := range page.Calls {
			each(&page.Calls[i])
		}
		if token, number = nextPage(page.NextPageUri); number == "" {
			return nil
		}
	}
	return tooLong()
}

// nextPage reads the page's name from Twilio's link; the link itself is not
// followed, so that an answer cannot lead us anywhere.
func nextPage(link *string) (token, number string) {
	u, err := url.Parse(deref(link))
	if err != nil {
		return "", ""
	}
	return u.Query().Get("PageToken"), u.Query().Get("Page")
}
