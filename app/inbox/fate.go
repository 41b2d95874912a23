package inbox

import (
	"net/url"
	"strings"

	"stead/app/gate"
	"stead/store"
	view "stead/views/inbox"
	"stead/views/ui"
)

func (sh shower) message(t Thread, m *store.Message, out *view.Item) {
	out.Class, out.Body = "msg", m.Body
	path := threadPath(t.ID) + "/messages/" + url.PathEscape(m.ID)
	if m.Direction == "in" {
		if m.Media > 0 {
			out.Remark = sh.t("With a picture or a file, which is not fetched yet.")
		}
		switch wordOf(m.Body, "", false) {
		case Stop:
			out.Remark = strings.TrimSpace(out.Remark + " " + sh.t("Asked to get no more texts."))
		case Unsure:
			if !t.OptedOut && t.Write {
				out.OptOut = path + "/opt-out"
			}
		default: // nothing to remark
		}
		return
	}
	out.Class = "msg out"
	out.Text = t.People.Name(m.Author)
	if m.Author == "" {
		out.Class, out.Text = "msg bot", sh.t("Automatic text")
	}
	out.Fate = sh.fate(m)
	if mayRetry(*m) && !t.Retried[m.ID] && t.Send && t.Refused == gate.Go {
		out.Fate.Retry = path + "/retry"
	}
	if m.RetryOf != "" {
		out.Text = strings.TrimPrefix(out.Text+", "+sh.t("sent again"), ", ")
	}
}

// fate says what became of a text of ours.
func (sh shower) fate(m *store.Message) view.Fate {
	switch m.State {
	case store.MessageQueued:
		if m.ErrorCode != "" {
			return view.Fate{Icon: "clock", Text: sh.t("Waiting:") + " " + sh.t(cause(m.ErrorCode))}
		}
		return view.Fate{Icon: "clock", Text: sh.t("Waiting to be sent")}
	case store.MessageSending:
		return view.Fate{Icon: "clock", Text: sh.t("Sending")}
	case store.MessageSent:
		return view.Fate{Icon: "check", Text: sh.t("Sent")}
	case store.MessageDelivered:
		return view.Fate{Icon: "check-check", Text: sh.t("Delivered")}
	case store.MessageRead:
		return view.Fate{Icon: "check-check", Text: sh.t("Read")}
	case store.MessageUnconfirmed:
		return view.Fate{Icon: "circle-alert", Bad: true, Text: sh.t("Not known whether it was sent."), Hint: sh.t("Stead asks the provider. If you send it again now, it may arrive twice.")}
	case store.MessageRefused:
		return view.Fate{Icon: "ban", Bad: true, Text: sh.t("Not sent.") + " " + sh.t(reasonWords(gate.Reason(m.Gate)))}
	}
	f := view.Fate{Icon: "triangle-alert", Bad: true, Text: sh.t("Not delivered.") + " " + sh.t(cause(m.ErrorCode))}
	if m.ErrorCode != "" && causes[m.ErrorCode] == "" {
		f.Text = sh.t("Not delivered.") + " " + ui.Say(sh.ctx, "The provider's code is %s.", m.ErrorCode)
	}
	if hint := hints[m.ErrorCode]; hint != "" {
		f.Hint = sh.t(hint)
	}
	return f
}

func cause(code string) string {
	if words, ok := causes[code]; ok {
		return words
	}
	return "The provider did not say why."
}

// causes say an error code of protocols in words. Keys are the provider's own
// codes, and a few of ours.
var causes = map[string]string{
	"20003": "The provider does not accept the account's credentials.", "20005": "The provider has suspended the account.",
	"20008":    "The provider does not accept the account's credentials.",
	"http_401": "The provider does not accept the account's credentials.", "http_403": "The provider does not accept the account's credentials.",
	"20429": "The provider asks to send more slowly.", "20404": "The provider does not know this message.",
	"20500": "The provider had a fault.", "20503": "The provider was not available.",
	"21211": "This is not a number that can get texts.", "21214": "This is not a number that can get texts.",
	"21217": "This is not a number that can get texts.", "21614": "This is not a mobile number.",
	"21408": "The account may not send texts to this country.",
	"21610": "This person has opted out at the provider.",
	"21606": "This line may not send texts.", "21212": "This line may not send texts.", "21659": "This line may not send texts.",
	"21660": "This line may not send texts.", "21661": "This line may not send texts.",
	"21617": "The text is too long.", "21605": "The attachment is too large.",
	"30001": "The provider's queue was full.", "30003": "The phone is off or out of reach.",
	"30005": "Nobody has this number.", "30006": "The number is a landline, or its carrier takes no texts.",
	"30007": "A carrier filtered the text.", "30008": "The carrier gave no reason.",
	"30032": "The toll-free line is not verified.", "30485": "The toll-free line is not verified.",
	"30034":        "US carriers refuse texts from this line until it is registered.",
	"disconnected": "The provider was disconnected.",
	"not_sent":     "The provider has no record of it, so it was not sent.",
	"unavailable":  "The provider was not available.",
}

var hints = map[string]string{
	"30003": "One more attempt is made by itself.", "30008": "One more attempt is made by itself.",
	"30034": "Register the number for A2P 10DLC in the Twilio console. No text goes to the US over this line for a day.",
	"30032": "Verify the number in the Twilio console. No text goes to the US over this line for a day.",
	"30485": "Verify the number in the Twilio console. No text goes to the US over this line for a day.",
	"21408": "Allow the country under Geo permissions in the Twilio console.",
	"21606": "Check in Settings that the number belongs to the account and can send texts.",
}
