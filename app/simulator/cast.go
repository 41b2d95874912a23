package simulator

import "time"

// role is an invented person. Numbers are of the range that North America
// keeps for fiction: nobody can be reached by them.
type role struct {
	name, number, company, about, email string
	lines                               []line
}

// line is one thing that happened, so long before now.
type line struct {
	ago  time.Duration
	kind string // in, out, note, missed, answered
	text string
}

const (
	minute = time.Minute
	hour   = time.Hour
	day    = 24 * time.Hour
)

// cast is a week at a small bicycle workshop.
var cast = []role{
	{"Amara Okafor", "+15035550121", "Willow Lane Couriers", "Runs six cargo bikes. Wants them serviced before 8 in the morning.", "amara@willowlane.example", []line{
		{6*day + 3*hour, "in", "Hi, do you service e-cargo bikes? We have six of them."},
		{6*day + 2*hour, "out", "We do. A full service is $140 a bike, and we can collect. Shall I pencil in Thursday?"},
		{6*day + 1*hour, "in", "Thursday is perfect. Two at a time please, they work the rest of the day."},
		{6 * day, "out", "Deal. See you on Thursday at eight."},
		{2 * day, "note", "Brake pads for the Bullitts are in. Second shelf."},
		{50 * minute, "in", "Number four squeals again since this morning. Can I drop it off today?"},
	}},
	{"Tomasz Zieliński", "+15035550134", "", "", "", []line{
		{3*day + 4*hour, "missed", ""},
		{3*day + 4*hour - 1*minute, "auto", ""},
		{3*day + 3*hour, "in", "No problem! Is my wheel ready?"},
		{3*day + 2*hour, "out", "It is. We are open until six."},
	}},
	{"Sofie Pedersen", "+15035550142", "Harbour Dance School", "", "sofie@harbour.example", []line{
		{5 * day, "in", "Could you look at twelve kids' bikes for our summer week?"},
		{5*day - 2*hour, "out", "Happy to. Bring them by, we'll do a safety check on each for $15."},
	}},
	{"Jonas Weiß", "+15035550155", "", "", "", []line{
		{26 * hour, "answered", ""},
		{25 * hour, "note", "Quoted $320 for the gear hub. He wants to think until Monday."},
	}},
	{"Lucía Marín", "+15035550163", "", "Prefers texts.", "", []line{
		{4 * hour, "in", "Is the blue Gazelle still for sale?"},
		{3*hour + 40*minute, "out", "It is, $480 with a new chain. Want me to hold it for you?"},
		{3*hour + 20*minute, "in", "Yes please, I can come on Saturday"},
	}},
	{"Kenji Watanabe", "+15035550171", "", "", "", []line{
		{9 * day, "in", "Thank you for the quick repair!"},
		{9*day - 10*minute, "out", "Any time. Ride safe."},
	}},
	{"Grace Mwangi", "+15035550182", "Mwangi & Daughters Bakery", "Delivers bread by tandem.", "grace@mwangi.example", nil},
	{"Tariq Haddad", "+15035550193", "", "", "", []line{
		{7 * hour, "missed", ""},
		{7*hour - 1*minute, "auto", ""},
	}},
}
