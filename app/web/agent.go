package web

import (
	"net/http"
	"strings"
)

// Agent is what a browser says of itself, so that people know theirs: kinds
// only, no versions.
type Agent struct{ Device, System, Browser string }

// String is "Firefox, Linux", or what is known of it.
func (a Agent) String() string {
	if a.Browser == "" || a.System == "" {
		return a.Browser + a.System
	}
	return a.Browser + ", " + a.System
}

// AgentOf reads the header that browsers send.
func AgentOf(r *http.Request) Agent {
	text := r.UserAgent()
	a := Agent{
		Browser: firstOf(text, "Edg/", "Edge", "OPR/", "Opera", "Firefox/", "Firefox", "Chrome/", "Chrome", "Safari/", "Safari", "curl/", "curl"),
		System:  firstOf(text, "Android", "Android", "iPhone", "iPhone", "iPad", "iPad", "Windows", "Windows", "Mac OS", "macOS", "CrOS", "ChromeOS", "Linux", "Linux"),
	}
	switch {
	case a.System == "iPad", a.System == "Android" && !strings.Contains(text, "Mobile"):
		a.Device = "Tablet"
	case a.System == "iPhone", a.System == "Android":
		a.Device = "Phone"
	case a.System != "":
		a.Device = "Computer"
	}
	return a
}

func firstOf(text string, pairs ...string) string {
	for i := 0; i < len(pairs); i += 2 {
		if strings.Contains(text, pairs[i]) {
			return pairs[i+1]
		}
	}
	return ""
}
