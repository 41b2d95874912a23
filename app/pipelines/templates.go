package pipelines

import "stead/store"

// Template is what a new pipeline begins with.
type Template struct {
	Key, Name, Hint string
	Stages          []store.Stage
}

// Templates lists them; the names are English, and the business changes them as
// it likes.
func Templates() []Template {
	return []Template{
		{"sales", "Sales", "From a first enquiry to an order.", stages(
			open("New", 10, 3), open("Talking", 25, 7), open("Offer sent", 60, 10), open("Agreed", 85, 7), won("Won"), lost("Lost"),
		)},
		{"buyback", "Buyback", "You buy what people offer you.", stages(
			open("New lead", 10, 2), open("Quoted", 30, 7), open("Inspection", 55, 7), open("Agreed", 85, 5), won("Paid out"), lost("Declined"),
		)},
		{"service", "Service request", "Somebody needs something done.", stages(
			open("New request", 20, 2), open("Scheduled", 60, 7), open("In progress", 85, 7), won("Done"), lost("Cancelled"),
		)},
		{"", "Empty", "One stage to begin with.", stages(open("New", 20, 7), won("Won"), lost("Lost"))},
	}
}

func stages(all ...store.Stage) []store.Stage { return all }

func open(name string, probability, idleDays int64) store.Stage {
	return store.Stage{Name: name, Kind: store.DealOpen, Probability: probability, IdleDays: idleDays}
}

func won(name string) store.Stage {
	return store.Stage{Name: name, Kind: store.DealWon, Probability: 100}
}

func lost(name string) store.Stage { return store.Stage{Name: name, Kind: store.DealLost} }

// firstReasons are those that a business begins with.
var firstReasons = []store.Reason{
	{Kind: store.DealLost, Name: "Too expensive"},
	{Kind: store.DealLost, Name: "Chose somebody else"},
	{Kind: store.DealLost, Name: "No answer"},
	{Kind: store.DealLost, Name: "Not needed any more"},
	{Kind: store.DealLost, Name: "We could not do it"},
	{Kind: store.DealWon, Name: "Price"},
	{Kind: store.DealWon, Name: "Trust"},
	{Kind: store.DealWon, Name: "Speed"},
}
