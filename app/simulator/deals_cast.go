package simulator

// order is a deal of the invented business: with whom, since how many days, and
// where it has been. Amounts are in cents.
type order struct {
	who, pipeline, title string
	amount               int64
	began                float64 // days ago
	path                 []step
	reason, note         string // where it was won or lost
	source               string // empty: call
	closes               int    // days from now, where it is open
	next                 string // what is to do; empty: nobody has said
	due                  int    // days from now
	items                []item
	own                  bool // the owner of the business sees to it
}

// step is that a deal came to the stage of this place in its pipeline, so many
// days after it began.
type step struct {
	stage int
	after float64
}

// item is a line of a deal: a product by its code, and how many.
type item struct {
	code     string
	quantity int64
	discount int64 // percent
}

// goods are what the workshop sells. Prices are in cents, tax in hundredths of a
// percent.
var goods = []struct {
	code, name, unit string
	price            int64
}{
	{"SRV-S", "Small service", "piece", 6500},
	{"SRV-F", "Full service", "piece", 14000},
	{"SAFE", "Safety check", "piece", 1500},
	{"HUB-8", "Gear hub, eight speeds", "piece", 24000},
	{"PAD", "Brake pads, pair", "pair", 1800},
	{"CHAIN", "Chain", "piece", 3200},
	{"LABOUR", "Workshop hour", "hour", 7200},
	{"CARGO", "Cargo bike", "piece", 389000},
}

// passers are customers of whom nothing was said by text.
var passers = []role{
	{name: "Oskar Lindqvist", number: "+15035550102"},
	{name: "Priya Raman", number: "+15035550103", company: "Raman Architects", email: "priya@raman.example"},
	{name: "Daniel Osei", number: "+15035550104"},
	{name: "Mei Tanaka", number: "+15035550105", email: "mei@tanaka.example"},
	{name: "Hannah Becker", number: "+15035550106"},
	{name: "Luis Ortega", number: "+15035550107", company: "Ortega Gardens", email: "luis@ortega.example"},
	{name: "Chloé Martin", number: "+15035550108"},
	{name: "Ravi Patel", number: "+15035550109", company: "Patel Deliveries", email: "ravi@patel.example"},
	{name: "Elena Petrova", number: "+15035550110"},
	{name: "Samuel Adeyemi", number: "+15035550111"},
	{name: "Nora Haugen", number: "+15035550112"},
	{name: "Yusuf Demir", number: "+15035550113"},
	{name: "Isabel Rocha", number: "+15035550114", company: "Rocha School of Music", email: "isabel@rocha.example"},
	{name: "Peter Novak", number: "+15035550115"},
}

// helpers are the colleagues of the owner. They cannot sign in.
var helpers = []struct{ name, email string }{
	{"Rui Almeida", "rui@fernstreet.example"},
	{"Keisha Brown", "keisha@fernstreet.example"},
}

const (
	sales   = "Sales"
	buyback = "Buyback"
	service = "Service request"
)

// orders are half a year of work, newest first in each pipeline.
var orders = []order{
	{who: "Lucía Marín", pipeline: sales, own: true, title: "Blue Gazelle", amount: 48000, began: .16, path: []step{{0, 0}, {1, .03}}, source: "sms", closes: 4, next: "Hold the Gazelle, she comes on Saturday", due: 1},
	{who: "Kenji Watanabe", pipeline: sales, title: "Wedding tandem for hire", amount: 12000, began: .9, path: []step{{0, 0}}, source: "form", closes: 25, next: "Say which dates are free", due: 1},
	{who: "Nora Haugen", pipeline: sales, own: true, title: "Commuter e-bike", amount: 274000, began: 4.4, path: []step{{0, 0}}, source: "form", closes: 28},
	{who: "Jonas Weiß", pipeline: sales, title: "Gear hub", amount: 32000, began: 1.1, path: []step{{0, 0}, {2, .04}}, closes: 3, next: "Call Jonas about the gear hub", due: 2},
	{who: "Sofie Pedersen", pipeline: sales, own: true, title: "Twelve safety checks", began: 5, path: []step{{0, 0}, {1, .1}, {2, 2}}, source: "sms", closes: 9, next: "Ask for the day of the summer week", due: 0, items: []item{{"SAFE", 12, 0}}},
	{who: "Amara Okafor", pipeline: sales, title: "Service of six cargo bikes", began: 6, path: []step{{0, 0}, {1, .1}, {2, .2}, {3, 1}}, source: "sms", closes: 6, next: "Collect bikes five and six", due: 1, items: []item{{"SRV-F", 6, 10}, {"PAD", 8, 0}}},
	{who: "Ravi Patel", pipeline: sales, own: true, title: "Two cargo bikes", began: 12, path: []step{{0, 0}, {1, 1}, {2, 4}}, source: "form", closes: 20, next: "Send the leasing offer", due: -2, items: []item{{"CARGO", 2, 4}}},
	{who: "Mei Tanaka", pipeline: sales, title: "Touring bike, built up", amount: 215000, began: 19, path: []step{{0, 0}, {1, 2}}, source: "form", closes: -3},
	{who: "Grace Mwangi", pipeline: sales, title: "Second tandem for the bakery", amount: 265000, began: 24, path: []step{{0, 0}, {1, 2}, {2, 9}}, closes: 30},
	{who: "Luis Ortega", pipeline: sales, title: "Trailer for the gardens", amount: 74000, began: 29, path: []step{{0, 0}, {1, 3}, {2, 8}, {3, 21}}, closes: 5, next: "Order the trailer", due: 3},
	{who: "Priya Raman", pipeline: sales, own: true, title: "Office bikes", amount: 540000, began: 33, path: []step{{0, 0}, {1, 1}, {2, 6}}, source: "form", closes: 45, next: "Visit the office", due: 6},
	{who: "Daniel Osei", pipeline: sales, title: "Child seat and stand", amount: 16500, began: 9, path: []step{{0, 0}, {1, 1}, {4, 3}}, reason: "Speed"},
	{who: "Kenji Watanabe", pipeline: sales, title: "New wheels", amount: 42000, began: 21, path: []step{{0, 0}, {2, 1}, {3, 4}, {4, 10}}, reason: "Trust"},
	{who: "Oskar Lindqvist", pipeline: sales, title: "Winter tyres, two sets", amount: 21600, began: 26, path: []step{{0, 0}, {1, 1}, {5, 6}}, reason: "Too expensive", note: "Found them online for less."},
	{who: "Isabel Rocha", pipeline: sales, title: "Yearly service for the school", amount: 112000, began: 40, path: []step{{0, 0}, {1, 2}, {2, 5}, {3, 13}, {4, 20}}, reason: "Trust", source: "form"},
	{who: "Hannah Becker", pipeline: sales, title: "Used city bike", amount: 36000, began: 47, path: []step{{0, 0}, {1, .5}, {4, 2}}, reason: "Price"},
	{who: "Samuel Adeyemi", pipeline: sales, title: "Racing bike", amount: 189000, began: 58, path: []step{{0, 0}, {1, 2}, {2, 7}, {5, 24}}, reason: "Chose somebody else"},
	{who: "Chloé Martin", pipeline: sales, title: "Folding bike", amount: 92000, began: 63, path: []step{{0, 0}, {1, 1}, {2, 3}, {4, 9}}, reason: "Speed"},
	{who: "Nora Haugen", pipeline: sales, title: "E-bike battery", amount: 64000, began: 71, path: []step{{0, 0}, {2, 1}, {4, 6}}, reason: "Trust"},
	{who: "Yusuf Demir", pipeline: sales, title: "Delivery bike", amount: 298000, began: 84, path: []step{{0, 0}, {1, 3}, {2, 10}, {3, 22}, {4, 30}}, reason: "Trust", source: "form"},
	{who: "Peter Novak", pipeline: sales, title: "Gravel bike", amount: 167000, began: 92, path: []step{{0, 0}, {1, 4}, {5, 30}}, reason: "No answer"},
	{who: "Elena Petrova", pipeline: sales, title: "Two helmets and lights", amount: 18400, began: 104, path: []step{{0, 0}, {4, 1}}, reason: "Price"},
	{who: "Ravi Patel", pipeline: sales, title: "First cargo bike", amount: 389000, began: 118, path: []step{{0, 0}, {1, 2}, {2, 6}, {3, 15}, {4, 21}}, reason: "Trust"},
	{who: "Daniel Osei", pipeline: sales, title: "Used mountain bike", amount: 52000, began: 133, path: []step{{0, 0}, {1, 2}, {5, 12}}, reason: "Not needed any more"},
	{who: "Grace Mwangi", pipeline: sales, title: "First tandem for the bakery", amount: 248000, began: 150, path: []step{{0, 0}, {1, 3}, {2, 8}, {3, 17}, {4, 26}}, reason: "Trust"},
	{who: "Hannah Becker", pipeline: sales, title: "Basket and bell", amount: 6200, began: 162, path: []step{{0, 0}, {4, .5}}, reason: "Speed"},

	{who: "Samuel Adeyemi", pipeline: buyback, title: "Old racing bike", amount: 42000, began: 2, path: []step{{0, 0}, {1, .3}}, closes: 7, next: "Look at the frame", due: 1},
	{who: "Elena Petrova", pipeline: buyback, title: "Two kids' bikes", amount: 11000, began: 7, path: []step{{0, 0}, {1, 1}, {2, 4}}, source: "form", closes: 2, next: "Pay her when she comes by", due: 0},
	{who: "Chloé Martin", pipeline: buyback, own: true, title: "City bike with a bent fork", amount: 6000, began: 15, path: []step{{0, 0}}, source: "form"},
	{who: "Peter Novak", pipeline: buyback, title: "E-bike, five years old", amount: 58000, began: 28, path: []step{{0, 0}, {1, 1}, {2, 5}, {3, 7}, {4, 8}}, reason: "Price"},
	{who: "Yusuf Demir", pipeline: buyback, title: "Cargo bike without papers", amount: 90000, began: 44, path: []step{{0, 0}, {1, 2}, {2, 6}, {5, 7}}, reason: "We could not do it", note: "No proof of purchase."},
	{who: "Nora Haugen", pipeline: buyback, title: "Hybrid bike", amount: 24000, began: 66, path: []step{{0, 0}, {1, 1}, {2, 3}, {4, 5}}, reason: "Speed"},
	{who: "Oskar Lindqvist", pipeline: buyback, title: "Frame and wheels", amount: 15500, began: 97, path: []step{{0, 0}, {1, 2}, {5, 9}}, reason: "Chose somebody else"},

	{who: "Tariq Haddad", pipeline: service, own: true, title: "Flat tyre", amount: 2800, began: .28, path: []step{{0, 0}}, next: "Call Tariq back", due: 0},
	{who: "Tomasz Zieliński", pipeline: service, title: "Wheel", amount: 9500, began: 3.1, path: []step{{0, 0}, {1, .1}, {2, 1}}, closes: 0, next: "Tell him that it is ready", due: -1},
	{who: "Isabel Rocha", pipeline: service, title: "Brakes of four school bikes", began: 4, path: []step{{0, 0}, {1, 1}}, source: "form", closes: 5, next: "Order pads", due: 2, items: []item{{"PAD", 8, 0}, {"LABOUR", 3, 0}}},
	{who: "Mei Tanaka", pipeline: service, title: "Noise in the bottom bracket", amount: 7200, began: 18, path: []step{{0, 0}, {1, 1}, {2, 3}}},
	{who: "Amara Okafor", pipeline: service, title: "Number four squeals", amount: 6500, began: 13, path: []step{{0, 0}, {1, .2}, {2, 1}, {3, 2}}, reason: "Speed", source: "sms"},
	{who: "Luis Ortega", pipeline: service, title: "Spokes of the trailer", amount: 4800, began: 36, path: []step{{0, 0}, {1, 1}, {2, 2}, {3, 3}}, reason: "Speed"},
	{who: "Priya Raman", pipeline: service, title: "Full service", amount: 14000, began: 52, path: []step{{0, 0}, {1, 2}, {2, 5}, {3, 6}}, reason: "Trust"},
	{who: "Hannah Becker", pipeline: service, title: "Dynamo light", amount: 5600, began: 77, path: []step{{0, 0}, {1, 1}, {4, 4}}, reason: "Not needed any more"},
	{who: "Kenji Watanabe", pipeline: service, title: "Quick repair of a pedal", amount: 2400, began: 110, path: []step{{0, 0}, {2, .1}, {3, .2}}, reason: "Speed"},
}
