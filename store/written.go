package store

import (
	"slices"
	"strings"
	"sync"
)

// written notes which tables the statements of a transaction wrote to, so that
// what was not touched need not be read again.
type written struct {
	mu   sync.Mutex
	turn int64            // statements that wrote
	last map[string]int64 // by table
}

func (w *written) note(tables []string) {
	if len(tables) == 0 {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.last == nil {
		w.last = map[string]int64{}
	}
	w.turn++
	for _, table := range tables {
		w.last[table] = w.turn
	}
}

func (w *written) now() int64 {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.turn
}

// any tells whether a table was written to.
func (w *written) any(table string) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.last[table] > 0
}

// to tells whether a table may have been written to after a turn: by name, or
// because the engine itself follows what is done to the table it points at.
func (w *written) to(c *catalog, table string, after int64) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.reached(c, table, after, map[string]bool{})
}

func (w *written) reached(c *catalog, table string, after int64, seen map[string]bool) bool {
	if seen[table] {
		return false
	}
	seen[table] = true
	if w.last[table] > after {
		return true
	}
	return slices.ContainsFunc(c.links, func(l link) bool {
		return l.follows && l.table == table && w.reached(c, l.parent, after, seen)
	})
}

// writesTo lists the tables that a statement may write to: all that it names,
// unless it only reads.
func writesTo(query string) []string {
	query = strings.TrimLeft(query, " \t\r\n(")
	if len(query) >= 6 && strings.EqualFold(query[:6], "SELECT") {
		return nil
	}
	known := mapByName()
	var out []string
	for _, word := range strings.FieldsFunc(query, func(r rune) bool { return r != '_' && (r < '0' || r > '9') && (r < 'a' || r > 'z') }) {
		if _, table := known[word]; table && !slices.Contains(out, word) {
			out = append(out, word)
		}
	}
	return out
}

// writes is writesTo, worked out once for each text.
func (s *statements) writes(query string) []string {
	s.mu.RLock()
	tables, known := s.tables[query]
	s.mu.RUnlock()
	if known {
		return tables
	}
	tables = writesTo(query)
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.tables) < 2*maxStatements {
		if s.tables == nil {
			s.tables = map[string][]string{}
		}
		s.tables[query] = tables
	}
	return tables
}
