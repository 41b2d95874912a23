package mail

import "strings"

// causes say in words what a code means, ours and those of Resend.
var causes = map[string]string{
	codeNoMail:   "Mail was off.",
	codeUnwanted: "They do not want this kind of mail.",
	codeGone:     "Whom or what it was about is not there any more.",
	codeUnknown:  "Nobody knows whether it arrived.",
	codeUnmade:   "It could not be written.",
	codeLocked:   "The vault is locked. Mail goes out as soon as it is opened.",
	codeNoSecret: "The vault holds no credentials for it. Put them in again.",
	"superseded": "A newer one took its place.",

	"network":         "The other side cannot be reached.",
	"timeout":         "The other side took too long to answer.",
	"tls":             "The server's certificate is not one for its name, so nothing was sent.",
	"no_tls":          "The server offers no TLS, so nothing was sent.",
	"no_auth":         "The server offers no way to sign in that Stead knows.",
	"port_refused":    "Mail is handed over at port 587 or 465. Another one is spoken to when STEAD_PRIVATE_HOSTS names the host with it.",
	"address_refused": "This name leads to a private address. It is spoken to when STEAD_PRIVATE_HOSTS names the host with its port.",
	"host":            "This is not the name of a mail server.",
	"not_recorded":    "What goes out could not be written down, so nothing was sent.",
	"address":         "The address is not one.",
	"sender":          "The sender's address is not one.",
	"header":          "A line end in the head of a mail was refused.",

	"validation_error":               "Resend refused it. Look in its console whether the sender's domain is verified.",
	"invalid_from_address":           "Resend does not let the account send from this address.",
	"missing_api_key":                "Resend does not accept the API key.",
	"invalid_api_key":                "Resend does not accept the API key.",
	"suspended_api_key":              "Resend has suspended the API key.",
	"restricted_api_key":             "The API key may not send.",
	"rate_limit_exceeded":            "Resend asks to send more slowly.",
	"daily_quota_exceeded":           "The Resend account has sent what it may in a day.",
	"monthly_quota_exceeded":         "The Resend account has sent what it may in a month.",
	"concurrent_idempotent_requests": "Resend was busy with the same mail.",
	"application_error":              "Resend had a fault.",
	"internal_server_error":          "Resend had a fault.",
	"http_401":                       "The API key was not accepted.",
	"http_403":                       "The API key was not accepted.",
}

// answers of mail servers that have words of their own.
var replies = map[string]string{
	"530": "The mail server asks for a user and a password.",
	"534": "The mail server asks for another way to sign in, such as a password for this program alone.",
	"535": "The mail server does not accept this user with this password.",
	"550": "The mail server does not know the address, or does not take mail from this sender.",
	"552": "The mailbox is full.",
	"553": "The mail server does not let this user send from this address.",
	"554": "The mail server refused the mail.",
	"421": "The mail server is too busy.",
	"450": "The mailbox cannot take mail at the moment.",
	"451": "The mail server had a fault.",
	"452": "The mail server has no room.",
}

// causeOf says in words why a mail did not leave. A code that has no words is
// shown beside them.
func causeOf(provider, code string) string {
	if words := causes[code]; words != "" {
		return words
	}
	if words := replies[code]; words != "" {
		return words
	}
	switch {
	case provider == Resend:
		return "Resend refused it."
	case strings.HasPrefix(code, "4"):
		return "The mail server asks to try again later."
	}
	return "The mail server refused it."
}

// worded tells whether causeOf says all that the code does.
func worded(code string) bool { return causes[code] != "" || replies[code] != "" }
