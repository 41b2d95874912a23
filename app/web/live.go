package web

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"time"

	"stead/app/access"
	"stead/store"
)

const (
	streamBuffer = 64
	heartbeat    = 25 * time.Second
	recheck      = 2 * time.Second // a stream outlives its session by no more
)

// Live tells open pages that something has changed. It sends names alone, such
// as "inbox": each page fetches what it shows through its own route, so who may
// see what is decided in one place. A name that somebody may not hear, such as
// that of a person out of their reach, is not sent to them.
type Live struct {
	topics   func(store.Event) []string
	hears    Hears
	sessions *Sessions

	mu      sync.Mutex
	last    uint64
	streams map[*stream]bool
	closed  bool
}

type stream struct {
	user string
	out  chan message
	gone chan struct{} // closed when the reader is too slow, or at the end
	once sync.Once
}

type message struct {
	id    uint64
	topic string
}

// Hears tells whether an actor may know that a topic has news.
type Hears func(ctx context.Context, a access.Actor, topic string) bool

// NewLive sends, after each commit, what topics makes of the events to those who
// may hear it.
func NewLive(st *store.Store, sessions *Sessions, topics func(store.Event) []string, hears Hears) *Live {
	l := &Live{topics: topics, hears: hears, sessions: sessions, streams: map[*stream]bool{}}
	st.Watch(func(events []store.Event) {
		var names []string
		for _, e := range events {
			names = append(names, topics(e)...)
		}
		slices.Sort(names)
		l.Publish(slices.Compact(names)...)
	})
	return l
}

// Publish tells every open page whose reader may hear it; it never waits.
func (l *Live) Publish(topics ...string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, topic := range topics {
		l.last++
		for s := range l.streams {
			select {
			case s.out <- message{l.last, topic}:
			default:
				s.end()
				delete(l.streams, s)
			}
		}
	}
}

// Close ends every stream and lets no new one begin.
func (l *Live) Close() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.closed = true
	for s := range l.streams {
		s.end()
		delete(l.streams, s)
	}
}

func (s *stream) end() { s.once.Do(func() { close(s.gone) }) }

// Serve is the handler of the stream. A page that comes back after a pause is
// told "catchup" first, since it may have missed anything.
func (l *Live) Serve(w http.ResponseWriter, r *http.Request) error {
	s, last, err := l.open(Actor(r).ID)
	if err != nil {
		return err
	}
	defer l.leave(s)
	rc := http.NewResponseController(w)
	_ = rc.SetWriteDeadline(time.Time{}) // each message has its own; a recorder in a test has none
	_ = rc.SetReadDeadline(time.Time{})
	h := w.Header()
	h.Set("Content-Type", "text/event-stream")
	h.Set("X-Accel-Buffering", "no")
	w.WriteHeader(http.StatusOK)
	first := fmt.Sprintf("retry: 2000\nid: %d\n: open\n\n", last)
	if r.Header.Get("Last-Event-ID") != "" {
		first += line(message{last, "catchup"})
	}
	if !send(w, rc, first) {
		return nil
	}
	l.pump(w, rc, r, s)
	return nil
}

func (l *Live) pump(w http.ResponseWriter, rc *http.ResponseController, r *http.Request, s *stream) {
	check, beat := time.NewTicker(recheck), time.NewTicker(heartbeat)
	defer check.Stop()
	defer beat.Stop()
	key := SessionKey(r.Context())
	for {
		var text string
		select {
		case <-r.Context().Done():
			return
		case <-s.gone:
			return
		case m := <-s.out:
			a, ok := l.reader(r, key)
			if !ok {
				return
			}
			if !l.hears(r.Context(), a, m.topic) {
				continue
			}
			text = line(m)
		case <-beat.C:
			text = ": still here\n\n"
		case <-check.C:
			if key != "" && !l.sessions.Holds(r.Context(), key) {
				return
			}
			continue
		}
		if !send(w, rc, text) {
			return
		}
	}
}

// reader is whose stream it is, with what they may do by now: a role may have
// changed since the page was opened. It is false when the session has ended.
func (l *Live) reader(r *http.Request, key string) (access.Actor, bool) {
	if key == "" {
		return Actor(r), true
	}
	ses, err := l.sessions.find(r.Context(), key)
	if err != nil || ses == nil {
		return access.Actor{}, false
	}
	p, err := l.sessions.person(r.Context(), ses.UserID)
	if err != nil || !l.sessions.holds(ses.Session, p) {
		return access.Actor{}, false
	}
	return p.actor, true
}

func line(m message) string { return fmt.Sprintf("event: %s\nid: %d\ndata: {}\n\n", m.topic, m.id) }

// send is false when the reader is gone, or does not read.
func send(w http.ResponseWriter, rc *http.ResponseController, text string) bool {
	late := time.AfterFunc(Usual.StreamWrite, func() { _ = rc.SetWriteDeadline(Past) })
	_, err := w.Write([]byte(text))
	if err == nil {
		err = rc.Flush()
	}
	return late.Stop() && err == nil
}

// Past is a deadline that ends at once whatever waits on a connection.
var Past = time.Unix(1, 0)

func (l *Live) open(user string) (*stream, uint64, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	mine := 0
	for s := range l.streams {
		if s.user == user {
			mine++
		}
	}
	if l.closed || mine >= Usual.Streams {
		return nil, 0, TooMany(30*time.Second, "Too many open pages.")
	}
	s := &stream{user: user, out: make(chan message, streamBuffer), gone: make(chan struct{})}
	l.streams[s] = true
	return s, l.last, nil
}

func (l *Live) leave(s *stream) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.streams, s)
}
