package inbox

import "testing"

func TestStopWordsAndPhrases(t *testing.T) {
	for text, want := range map[string]Word{
		"STOP": Stop, "stop": Stop, "Stop.": Stop, "  stop  ": Stop, "STOP!!!": Stop, "“Stop”": Stop, "stop 🙏": Stop, "S-T-O-P": NoWord,
		"STOPALL": Stop, "Unsubscribe": Stop, "cancel": Stop, "END": Stop, "quit": Stop, "revoke": Stop, "optout": Stop, "opt out": Stop, "Opt-out": Stop,
		"arret": Stop, "Arrêt": Stop, "ARRÊTER": Stop, "parar": Stop, "baja": Stop, "BAJA.": Stop, "no más": Stop, "No mas mensajes": Stop,
		"बंद": Stop, "रोकें": Stop, "बंद करो": Stop, "Abmelden": Stop, "keine SMS mehr bitte": Stop, "basta": Stop, "afmelden": Stop, "sair": Stop,
		"stop please": Stop, "Please stop": Stop, "pls dont text me": Stop, "please don't text me again": Stop, "Don’t text me anymore": Stop,
		"stop texting me": Stop, "STOP TEXTING ME NOW": Stop, "stop sending me": Stop, "please stop sending messages": Stop, "do not contact me": Stop,
		"remove me from your list please": Stop, "Please take me off your list": Stop, "no more texts thanks": Stop, "stop messaging us": Stop,
		"I want to unsubscribe": Stop, "ok stop": Stop, "Hi, please stop. Thank you": Stop, "unsubscribe me": Stop, "opt me out": Stop, "remove my number": Stop,

		"please stop by tomorrow": Unsure, "Can I stop by at 5?": Unsure, "I'll stop by": Unsure, "bus stop": Unsure, "non-stop flight": Unsure,
		"this is spam": Unsure, "I never asked for this, please stop sending me these offers every single day": Unsure,
		"can you remove me after the pickup": Unsure, "leave me alone": Unsure,

		"cancel my appointment": NoWord, "The end": NoWord, "at the end of the week": NoWord, "I quit my job": NoWord, "stopped by earlier": NoWord,
		"remove the box please": NoWord, "remove": NoWord, "please remove": NoWord, "thank you": NoWord, "": NoWord, "👍": NoWord, "...": NoWord,
		"Yes": NoWord, "alta calidad": NoWord, "no more than 20 units": NoWord, "don't worry": NoWord, "do not call before 9": NoWord, "text me": NoWord,

		"START": Start, "unstop": Start, "Comenzar": Start, "start over please": NoWord,
		"HELP": Help, "info": Help, "ayuda": Help, "can you help me": NoWord, "मदद": Help,
	} {
		if got := wordOf(text, "", false); got != want {
			t.Errorf("%q is %q, want %q", text, got, want)
		}
	}
}

func TestYesTakesAnOptOutBack(t *testing.T) {
	if got := wordOf("YES", "", true); got != Start {
		t.Errorf("after an opt-out: %q, want %q", got, Start)
	}
	if got := wordOf("yes", "", false); got != NoWord {
		t.Errorf("without one: %q, want none", got)
	}
}

func TestTheProvidersDecisionCounts(t *testing.T) {
	for provider, want := range map[string]Word{"stop": Stop, "start": Start, "help": Help, "other": NoWord} {
		if got := wordOf("Ja, gerne", provider, false); got != want {
			t.Errorf("provider says %q: %q, want %q", provider, got, want)
		}
	}
}
