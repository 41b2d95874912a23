package settings

// Trouble is what an error code means, in words, and what to do about it.
type Trouble struct {
	Code       string
	What, Do   string
	Everything bool // nothing can be sent until it is put right
}

const consoleAgain = "Put the account right in Twilio's console, then check it again below: with its new auth token, or with the field empty if it is still the same."

var registration = Trouble{
	What: "US carriers do not accept texts from this number.",
	Do:   "Register the business and the number in Twilio's console (A2P 10DLC for local numbers, verification for toll-free ones). Texts to other countries are not affected.",
}

var wrongSender = Trouble{
	What: "Twilio does not let the account send texts from this number.",
	Do:   "Choose a number of the account that can send texts, and connect again.",
}

var troubles = map[string]Trouble{
	"20003": {What: "Twilio does not accept the account SID and auth token, or has suspended the account.", Do: consoleAgain, Everything: true},
	"20005": {What: "Twilio says that the account is not active.", Do: consoleAgain, Everything: true},
	"20429": {What: "Twilio asked to slow down.", Do: "Nothing: texts go out a little later."},
	"20500": {What: "Twilio had a fault.", Do: "Nothing: it is tried again. status.twilio.com says how it stands."},
	"20503": {What: "Twilio was not available.", Do: "Nothing: it is tried again. status.twilio.com says how it stands."},
	"21211": {What: "Twilio says that a number is not a phone number.", Do: "Look at the number on the contact's card."},
	"21408": {What: "The account may not send texts to a country.", Do: "Allow the country under Messaging geographic permissions in Twilio's console."},
	"21610": {What: "Somebody who had replied STOP was not texted.", Do: "Nothing: they can write START to hear from you again."},
	"21606": wrongSender, "21659": wrongSender, "21660": wrongSender, "21661": wrongSender,
	"30001": {What: "Too many texts wait at Twilio.", Do: "Wait, and send fewer at once."},
	"30003": {What: "A phone could not be reached.", Do: "Nothing: it was tried again."},
	"30005": {What: "A number does not exist any more or cannot get texts.", Do: "Call instead, and ask for another number."},
	"30006": {What: "A number is a landline and cannot get texts.", Do: "Call instead."},
	"30007": {What: "A carrier filtered a text.", Do: "Look for shortened links and words that look like advertising in what you send."},
	"30008": {What: "A carrier did not deliver a text and gave no reason.", Do: "Send it again if it matters."},
	"30034": registration, "30032": registration, "30485": registration,
	"network": {What: "Twilio could not be reached.", Do: "Look at this machine's connection to the internet."},
	"timeout": {What: "Twilio took too long to answer.", Do: "Nothing: it is tried again."},
	"answer":  {What: "Twilio gave an answer that could not be read.", Do: "Look at STEAD_TWILIO_URL, if you have set it."},
	"locked":  {What: "The vault is locked, so the auth token cannot be used.", Do: "Unlock the vault. Until then callbacks are refused, and Twilio's history is fetched afterwards.", Everything: true},

	"hook_unreachable": {What: "The public address could not be reached from this machine.", Do: "Look at STEAD_URL, at the name's DNS entry, and at the firewall or proxy in front of Stead."},
	"hook_refused":     {What: "The test callback arrived, but its signature does not fit.", Do: "STEAD_URL must be exactly the address that callers use, and a proxy must not change the path."},
	"hook_elsewhere":   {What: "Something else answers at the public address.", Do: "Let the proxy pass /hooks/ on to Stead, and look at STEAD_URL."},
}

// TroubleOf explains a code. An unknown one is shown as it is: Twilio's pages
// explain each of its codes.
func TroubleOf(code string) Trouble {
	t, ok := troubles[code]
	if !ok {
		t = Trouble{What: "Something went wrong that Stead does not know.", Do: "Look the code up in Twilio's list of errors."}
	}
	t.Code = code
	return t
}
