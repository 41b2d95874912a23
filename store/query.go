package store

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"
)

// Question is what a list asks: which records, in which order, with which
// columns. It is what a view keeps.
type Question struct {
	Record     string // contact, company or deal
	Any        bool   // one of the conditions is enough; else all of them must hold
	Conditions []Condition
	Sort       string   // key of a field, "-" before it: from the end; empty: the latest activity first
	Columns    []string // keys of fields; none: the usual ones
	Find       string   // what a search looks for; then there are no conditions

	// What is asked with it, and not kept.
	Also   []Condition   // of deals: these must hold too, whatever Any says
	Now    time.Time     // in the zone of the business: days are counted by it
	Owners bool          // rows tell whose they are; with a filter they always do
	Me     string        // who asks: what OwnerMe stands for
	Time   time.Duration // how long it may look for what no index leads to; 0: AskTime
	Sees   Scope         // whose numbers, addresses and personal fields the asker may see: conditions on those hold for nobody else
	Knows  Scope         // of deals: whose people and companies the asker may see: conditions on their names hold for nobody else
}

// Condition is one chip of a filter. Values are kept as they are compared: what
// was typed, ids, days as 2026-11-22, a number of days, numbers as fields keep
// them. A field of the business's own is "f." and its id.
type Condition struct {
	Field  string   `json:"field"`
	Op     string   `json:"op"`
	Values []string `json:"values,omitempty"`
}

// The operators. Which of them a field has stands in Ops.
const (
	OpIs     = "is"     // the text, number or day
	OpNot    = "not"    // another or none
	OpHas    = "has"    // contains the text
	OpBegins = "begins" // with the text
	OpAny    = "any"    // one of the values
	OpNone   = "none"   // none of the values
	OpEmpty  = "empty"
	OpFilled = "filled"
	OpLeast  = "least"  // at least
	OpMost   = "most"   // at most
	OpBefore = "before" // the day
	OpAfter  = "after"  // the day
	OpWithin = "within" // the last so many days, today included
	OpYes    = "yes"
	OpNo     = "no"
)

// OwnerMe is the value of a condition on the owner that means whoever asks.
const OwnerMe = "me"

// AskTime is how long a question may look for what no index leads to.
const AskTime = 50 * time.Millisecond

// Limits of a question, so that nobody makes one that the engine refuses.
const (
	MaxConditions = 20
	MaxValues     = 50
	maxValueRunes = 200
)

// questionVersion is the form in which questions are kept.
const questionVersion = 1

type keptQuestion struct {
	Version    int         `json:"v"`
	Record     string      `json:"record"`
	Any        bool        `json:"any,omitempty"`
	Conditions []Condition `json:"if,omitempty"`
	Sort       string      `json:"sort,omitempty"`
	Columns    []string    `json:"columns,omitempty"`
	Find       string      `json:"find,omitempty"`
}

// ErrQuestion says that a question cannot be read: a later version wrote it, or
// nobody here did.
var ErrQuestion = errors.New("store: no question that can be read")

// Text is the question as a view keeps it.
func (q Question) Text() (string, error) {
	text, err := json.Marshal(keptQuestion{questionVersion, q.record(), q.Any, q.Conditions, q.Sort, q.Columns, q.Find})
	return string(text), err
}

// Hash is the same for questions that keep the same.
func (q Question) Hash() (string, error) {
	text, err := q.Text()
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:16]), err
}

func (q Question) record() string { return recordOf(q.Record) }

// ParseQuestion reads what Text wrote. The error is ErrQuestion.
func ParseQuestion(text string) (Question, error) {
	var kept keptQuestion
	if err := json.Unmarshal([]byte(text), &kept); err != nil {
		return Question{}, ErrQuestion // the cause would name what was typed
	}
	if kept.Version != questionVersion {
		return Question{}, fmt.Errorf("%w: version %d", ErrQuestion, kept.Version)
	}
	q := Question{Record: kept.Record, Any: kept.Any, Conditions: kept.Conditions, Sort: kept.Sort, Columns: kept.Columns, Find: kept.Find}
	if err := q.check(); err != nil {
		return Question{}, err
	}
	return q, nil
}

// check refuses what is too long. A field or an operator that nobody knows is
// none of its errors: that condition is ignored, with a notice.
func (q Question) check() error {
	if len(q.Conditions) > MaxConditions {
		return fmt.Errorf("%w: too many conditions", ErrQuestion)
	}
	for _, c := range q.Conditions {
		if len(c.Values) > MaxValues {
			return fmt.Errorf("%w: too many values", ErrQuestion)
		}
		for _, v := range c.Values {
			if len(v) > 4*maxValueRunes || strings.ContainsRune(v, 0) {
				return fmt.Errorf("%w: a value is too long", ErrQuestion)
			}
		}
	}
	return nil
}

// Answer is a page of what a question finds.
type Answer struct {
	ContactPage // where it is Cut, Next (or Prev) looks further
	Took        time.Duration
	Ignored     []int // conditions that count for nothing: their field was deleted or is of another kind now
}

// Tally is how many records a question finds: as many or, with More, at least
// as many.
type Tally struct {
	N    int
	More bool
}
