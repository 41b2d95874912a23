package gate

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

var noon = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)

func TestAsk(t *testing.T) {
	for name, tt := range map[string]struct {
		facts Facts
		want  Reason
	}{
		"a reply to a mobile goes":                    {Facts{Class: Reply, Automatic: true, PhoneState: "unknown"}, Go},
		"paused stops even a person's reply":          {Facts{Class: Reply, Paused: true}, Paused},
		"restricted":                                  {Facts{Class: Service, Restricted: true}, Restricted},
		"suppressed stops even a person's reply":      {Facts{Class: Reply, Suppressed: true}, Suppressed},
		"blocked":                                     {Facts{Class: Reply, Blocked: true}, Blocked},
		"own number":                                  {Facts{Class: Reply, OwnNumber: true}, OwnNumber},
		"hidden":                                      {Facts{Class: Reply, Hidden: true}, Hidden},
		"a landline by the numbering plan":            {Facts{Class: Reply, FixedLine: true, PhoneState: "unknown"}, Landline},
		"a landline by an earlier error":              {Facts{Class: Reply, PhoneState: "landline"}, Landline},
		"a landline that texts is no landline":        {Facts{Class: Reply, FixedLine: true, PhoneState: "able"}, Go},
		"unreachable":                                 {Facts{Class: Reply, PhoneState: "unreachable"}, Unreachable},
		"invalid is unreachable":                      {Facts{Class: Reply, PhoneState: "invalid"}, Unreachable},
		"a premium number is not texted by itself":    {Facts{Class: Reply, Automatic: true, Premium: true}, Premium},
		"a person may text a premium number":          {Facts{Class: Reply, Premium: true}, Go},
		"marketing in quiet hours":                    {Facts{Class: Marketing, QuietNow: true}, QuietHours},
		"an unknown class is marketing":               {Facts{QuietNow: true}, QuietHours},
		"text-back in quiet hours goes":               {Facts{Class: Reply, Automatic: true, QuietNow: true}, Go},
		"service in quiet hours goes":                 {Facts{Class: Service, QuietNow: true}, Go},
		"within the cooldown":                         {auto(func(f *Facts) { f.LastAutoText = noon.Add(-time.Hour + time.Millisecond) }), Cooldown},
		"when the cooldown ends":                      {auto(func(f *Facts) { f.LastAutoText = noon.Add(-time.Hour) }), Go},
		"a clock that went back still cools down":     {auto(func(f *Facts) { f.LastAutoText = noon.Add(time.Hour) }), Cooldown},
		"no cooldown, and a clock that went back":     {auto(func(f *Facts) { f.LastAutoText, f.Cooldown = noon.Add(time.Hour), 0 }), Go},
		"a person is not held by the cooldown":        {Facts{Class: Reply, Now: noon, LastAutoText: noon, Cooldown: time.Hour}, Go},
		"an answered thread":                          {auto(func(f *Facts) { f.OpenThreadAnswered = true }), OpenThread},
		"a person may go on in an answered thread":    {Facts{Class: Reply, OpenThreadAnswered: true}, Go},
		"the cap is reached":                          {auto(func(f *Facts) { f.SentToday, f.DailyCap = 20, 20 }), DailyCap},
		"one below the cap":                           {auto(func(f *Facts) { f.SentToday, f.DailyCap = 19, 20 }), Go},
		"an hour after the call":                      {auto(func(f *Facts) { f.About = noon.Add(-time.Hour) }), Go},
		"too late for an automatic answer":            {auto(func(f *Facts) { f.About = noon.Add(-time.Hour - time.Millisecond) }), Late},
		"a person may answer after days":              {Facts{Class: Reply, Now: noon, About: noon.Add(-72 * time.Hour)}, Go},
		"no cap":                                      {auto(func(f *Facts) { f.SentToday = 1000 }), Go},
		"marketing by hand is held by the cap":        {Facts{Class: Marketing, SentToday: 5, DailyCap: 5}, DailyCap},
		"nothing is advertised to a child":            {Facts{Class: Marketing, Minor: true}, Minor},
		"an unknown class to a child":                 {Facts{Minor: true}, Minor},
		"a child who calls is answered":               {Facts{Class: Reply, Automatic: true, Minor: true}, Go},
		"the gravest reason is told":                  {Facts{Class: Marketing, Suppressed: true, FixedLine: true, QuietNow: true}, Suppressed},
		"paused is told before what is personal":      {Facts{Class: Reply, Paused: true, Suppressed: true}, Paused},
		"a landline is told before the quiet hours":   {Facts{Class: Marketing, FixedLine: true, QuietNow: true}, Landline},
		"an unreachable landline is told as landline": {Facts{Class: Reply, FixedLine: true, PhoneState: "unreachable"}, Landline},
	} {
		t.Run(name, func(t *testing.T) {
			if got := Ask(tt.facts); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func auto(change func(*Facts)) Facts {
	f := Facts{Class: Reply, Automatic: true, Now: noon, Cooldown: time.Hour}
	change(&f)
	return f
}

// hinder are the ways in which one more reason to refuse can appear.
var hinder = map[string]func(*Facts){
	"paused":      func(f *Facts) { f.Paused = true },
	"restricted":  func(f *Facts) { f.Restricted = true },
	"suppressed":  func(f *Facts) { f.Suppressed = true },
	"blocked":     func(f *Facts) { f.Blocked = true },
	"own number":  func(f *Facts) { f.OwnNumber = true },
	"hidden":      func(f *Facts) { f.Hidden = true },
	"landline":    func(f *Facts) { f.PhoneState = "landline" },
	"unreachable": func(f *Facts) { f.PhoneState = "unreachable" },
	"fixed line":  func(f *Facts) { f.FixedLine = true },
	"quiet":       func(f *Facts) { f.QuietNow = true },
	"automatic":   func(f *Facts) { f.Automatic = true },
	"marketing":   func(f *Facts) { f.Class = Marketing },
	"just texted": func(f *Facts) { f.LastAutoText = f.Now },
	"longer rest": func(f *Facts) { f.Cooldown += time.Hour },
	"answered":    func(f *Facts) { f.OpenThreadAnswered = true },
	"sent more":   func(f *Facts) { f.SentToday++ },
	"long ago":    func(f *Facts) { f.About = f.Now.Add(-2 * time.Hour) },
}

func anyFacts(t *rapid.T) Facts {
	flag := func(name string) bool { return rapid.IntRange(0, 5).Draw(t, name) == 0 }
	f := Facts{
		Class:     Class(rapid.SampledFrom([]string{"reply", "service", "marketing", "", "other"}).Draw(t, "class")),
		Automatic: flag("automatic"), Paused: flag("paused"), Restricted: flag("restricted"), Suppressed: flag("suppressed"),
		Blocked: flag("blocked"), OwnNumber: flag("own"), Hidden: flag("hidden"), FixedLine: flag("fixed"),
		PhoneState: rapid.SampledFrom([]string{"", "unknown", "able", "landline", "unreachable", "invalid", "new"}).Draw(t, "state"),
		QuietNow:   flag("quiet"), OpenThreadAnswered: flag("answered"), Now: noon,
		SentToday: rapid.IntRange(-1, 6).Draw(t, "sent"), DailyCap: rapid.IntRange(-1, 5).Draw(t, "cap"),
		Cooldown: time.Duration(rapid.IntRange(0, 48).Draw(t, "cooldown")) * time.Hour,
	}
	if flag("answers") {
		f.About = noon.Add(-time.Duration(rapid.IntRange(-10, 90).Draw(t, "minutes")) * time.Minute)
	}
	if flag("texted") {
		f.LastAutoText = noon.Add(-time.Duration(rapid.IntRange(-2, 72).Draw(t, "ago")) * time.Hour)
	}
	return f
}

func TestOneMoreReasonNeverLetsAMessageGo(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f := anyFacts(t)
		before := Ask(f)
		if again := Ask(f); again != before {
			t.Fatalf("the same facts gave %q and %q", before, again)
		}
		for name, add := range hinder {
			worse := f
			add(&worse)
			if before != Go && Ask(worse) == Go {
				t.Fatalf("%s turned %q into go: %+v", name, before, f)
			}
		}
	})
}

func TestQuietHoursStopMarketingOnly(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f := anyFacts(t)
		loud := f
		loud.QuietNow, f.QuietNow = false, true
		switch f.Class {
		case Reply, Service:
			if Ask(f) != Ask(loud) {
				t.Fatalf("quiet hours changed %q into %q", Ask(loud), Ask(f))
			}
		default:
			if Ask(f) == Go {
				t.Fatal("marketing went out in quiet hours")
			}
		}
	})
}

func TestEveryReasonHasItsWords(t *testing.T) {
	said := map[string]Reason{}
	for r := range words {
		text := Words(r)
		if other, ok := said[text]; ok || len(text) < 10 || text[len(text)-1] != '.' {
			t.Errorf("%q says %q, like %q", r, text, other)
		}
		said[text] = r
	}
	rapid.Check(t, func(t *rapid.T) {
		if r := Ask(anyFacts(t)); words[r] == "" {
			t.Fatalf("no words for %q", r)
		}
	})
	if Words("new") == "" {
		t.Error("an unknown reason is met with silence")
	}
}
