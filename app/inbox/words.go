package inbox

import (
	"slices"
	"strings"
	"sync"
	"unicode"

	"stead/store"
)

// Word is what a text asks for beside what it says.
type Word string

// The words. Unsure means that a person should look: the text may be a wish to
// get no more texts, or may be about the bus stop.
const (
	NoWord Word = ""
	Stop   Word = "stop"
	Start  Word = "start"
	Help   Word = "help"
	Unsure Word = "unsure"
)

// What people send alone: in English, then in Spanish, Portuguese, French,
// German, Italian, Dutch, Hindi, Danish and Swedish.
var (
	stopWords = set(`stop stopall unsubscribe cancel end quit revoke optout
		baja parar pare sair remover arret arreter desabonner desinscrire stopp abmelden abbestellen
		basta afmelden stoppen बंद रोकें afmeld avsluta`, " ")
	startWords = set(`start unstop optin resume
		comenzar alta comecar iniciar commencer anmelden inizia शुरू`, " ")
	yesWords  = set(`yes`, " ")
	helpWords = set(`help info ayuda ajuda aide hilfe aiuto hulp मदद hjaelp hjalp`, " ")
)

// What short texts come down to once the politeness is taken off, with or
// without "me" or "us" at the end.
var stopPhrases = set(`stop|stop all|opt out|unsubscribe|stop it|stop this|stop texting|stop text|stop texts|stop sending|stop messaging|
	stop messages|stop msgs|stop contacting|stop sending texts|stop sending messages|stop all texts|stop all messages|
	stop your texts|stop these texts|stop with texts|quit texting|dont text|do not text|dont txt|dont message|do not message|
	dont contact|do not contact|never text|no more texts|no more messages|no more msgs|no texts|no more sms|
	remove me|remove me from list|remove me from your list|remove my number|take me off list|take me off your list|take me off your texts|
	unsubscribe me from list|opt me out|opt out of texts|i want to opt out|i want to unsubscribe|i opt out|i want to stop texts|
	no mas|no mas mensajes|no me escriban|no me escriba mas|dejen de escribirme|no quiero mensajes|alto|
	nao quero mais|nao me mande mensagens|nao mande mais mensagens|plus de sms|plus de messages|ne plus ecrire|arretez|
	keine sms|keine nachrichten|keine nachrichten mehr|keine sms mehr|annulla iscrizione|basta messaggi|non scrivetemi|
	geen berichten|geen sms|बंद करो|मत भेजो`, "|")

// politeness says nothing about what is asked.
var politeness = set(`please pls plz plse thanks thank thx you ty ok okay hi hey hello hallo hola bonjour sir madam now again anymore
	any just kindly immediately already por favor merci gracias danke bitte obrigado s il vous te plait svp grazie the`, " ")

// suspects make a longer text worth a look.
var suspects = []string{"stop", "unsubscribe", "optout", "opt out", "remove me", "take me off", "dont text", "do not text", "no more texts", "spam", "leave me alone"}

const maxPhrase = 8 // words; longer texts say something else too

// wordOf reads a text. What the provider decided counts before what we read.
// "Yes" takes an opt-out back, and is an ordinary answer where there is none.
func wordOf(body, provider string, suppressed bool) Word {
	switch Word(provider) {
	case Stop, Start, Help:
		return Word(provider)
	default: // it decided nothing
	}
	text := plain(body)
	switch {
	case text == "":
		return NoWord
	case stopWords()[text]:
		return Stop
	case startWords()[text], suppressed && yesWords()[text]:
		return Start
	case helpWords()[text]:
		return Help
	}
	words := strings.Fields(text)
	if len(words) <= maxPhrase {
		bare := strings.Join(slices.DeleteFunc(words, func(w string) bool { return politeness()[w] }), " ")
		if stopPhrases()[bare] || stopPhrases()[strings.TrimSuffix(strings.TrimSuffix(bare, " me"), " us")] {
			return Stop
		}
	}
	for _, phrase := range suspects {
		if strings.Contains(" "+text+" ", " "+phrase+" ") {
			return Unsure
		}
	}
	return NoWord
}

// plain is a text in lower case, without accents, punctuation and pictures,
// with one space between its words.
func plain(text string) string {
	text = apostrophes.Replace(store.Fold(text))
	return strings.Join(strings.FieldsFunc(text, func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsNumber(r) && !unicode.IsMark(r)
	}), " ")
}

var apostrophes = strings.NewReplacer("'", "", "’", "", "-", " ")

// set reads a list when somebody first looks into it: the start need not wait.
func set(list, separator string) func() map[string]bool {
	return sync.OnceValue(func() map[string]bool {
		out := map[string]bool{}
		for line := range strings.Lines(list) {
			for part := range strings.SplitSeq(line, separator) {
				if part = plain(part); part != "" {
					out[part] = true
				}
			}
		}
		return out
	})
}
