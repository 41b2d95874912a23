package twilio

import (
	"encoding/xml"
	"strconv"

	"stead/app/port"
)

// Twilio's answer document. The SDK's own package would bring another XML
// library for these four elements.
type response struct {
	XMLName xml.Name `xml:"Response"`
	Dial    *dial
	Say     string `xml:",omitempty"`
}

type dial struct {
	Action         string `xml:"action,attr"`
	Method         string `xml:"method,attr"`
	Timeout        string `xml:"timeout,attr"`
	AnswerOnBridge bool   `xml:"answerOnBridge,attr"`
	Number         []string
}

const typeXML = "text/xml; charset=utf-8"

// Answer tells Twilio what to do. A call rings the business's phones together,
// the caller hears it ring until one of them is picked up, and the outcome
// goes to the action address. Everything else is an empty document: any other
// text would be sent to the person.
func (p *Provider) Answer(kind string, a port.Answer) (contentType string, body []byte) {
	var doc response
	if kind == kindVoice {
		if len(a.Dial) > 0 {
			doc.Dial = &dial{Action: a.ActionURL, Method: "POST", Timeout: strconv.Itoa(clamp(a.RingSeconds)), AnswerOnBridge: true, Number: a.Dial}
		} else {
			doc.Say = a.Say
		}
	}
	text, err := xml.Marshal(doc)
	if err != nil { // strings only: cannot happen, and an empty document is always right
		text = []byte("<Response></Response>")
	}
	return typeXML, append([]byte(xml.Header), text...)
}

// clamp keeps the ringing within what Twilio takes: 5 to 600 s, 20 s when unset.
func clamp(seconds int) int {
	if seconds <= 0 {
		return 20
	}
	return min(max(seconds, 5), 600)
}
