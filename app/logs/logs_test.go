package logs

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
)

// Marks of a person that must never stand in a log.
const (
	markName  = "Zuzanna Marková"
	markPhone = "+351912345678"
	markEmail = "zuzanna@marked.example"
	markBody  = "the blue sofa, please"
	markToken = "9f86d081884c7d659a2feaa0c55ad015"
)

type person struct{ Name, Phone string }

func (p person) GoString() string { return p.Name }

type careless struct{}

func (careless) Error() string { panic(markName) }

type valuer struct{}

func (valuer) LogValue() slog.Value {
	return slog.GroupValue(slog.String("name", markName), slog.String("code", "21610"))
}

func TestNoMarkReachesALog(t *testing.T) {
	for _, format := range []string{"json", "text"} {
		t.Run(format, func(t *testing.T) {
			var out bytes.Buffer
			log := New(&out, format, slog.LevelDebug)
			careful(log)
			careful(log.With("name", markName, "contact_id", markPhone).WithGroup("request").With("body", markBody))
			careful(log.WithGroup(markName).WithGroup("").With(slog.Group(markEmail, slog.String("deep", markBody))))
			for _, mark := range []string{"Zuzanna", "Marková", "912345678", "912 345 678", "marked.example", "sofa", markToken} {
				if strings.Contains(out.String(), mark) {
					t.Errorf("%q stands in the log:\n%s", mark, out.String())
				}
			}
			if n := strings.Count(out.String(), "\n"); n != 3*calls {
				t.Errorf("%d lines for %d calls", n, 3*calls)
			}
			if !strings.Contains(out.String(), dropped) {
				t.Error("nothing says that something was dropped")
			}
		})
	}
}

const calls = 11

// careful logs in every way in which a programmer may be careless.
func careful(log *slog.Logger) {
	log.Info("hello", "name", markName, "phone", markPhone, "email", markEmail, "body", markBody)
	log.Info("a number in the text: "+markPhone, markPhone, markName)
	odd := []any{markName}
	log.Warn("odd arguments", odd...)
	log.Error("failed", "err", fmt.Errorf("sending to %s <%s> with %s: refused", markPhone, markEmail, markToken))
	log.Error("an address", "err", errors.New(`Get "https://u:p@api.example.com/x?To=%2B351912345678&Body=the+blue+sofa,+please": refused`))
	log.Error("a type", "result", person{markName, markPhone}, "reason", &person{markName, markPhone}, "code", []string{markName})
	log.Error("a panic inside", "err", careless{})
	log.Info("a valuer", "result", valuer{}, "kind", slog.AnyValue(valuer{}))
	log.Info("groups", slog.Group("request", slog.Group("inner", slog.String("name", markName), slog.Any("any", person{markName, ""}))), slog.Group("", "body", markBody))
	log.Debug("an id that is none", "contact_id", markEmail, "message_id", "912345678", "call_id", markName)
	log.Info("lines\r\nand\nmore", "err", errors.New("one\nlevel=ERROR msg=forged "+markPhone), "route", "a\r\nb\u2028c")
}

func TestWhatHelpsIsPrinted(t *testing.T) {
	var out bytes.Buffer
	id := "0193b5a0-1234-7000-8000-123456789012"
	New(&out, "json", slog.LevelInfo).With("request_id", id).Info("request served",
		"route", "GET /contacts/{id}", "status", 200, "ms", 1.5, "contact_id", id, "actor_id", "system:textback",
		"err", errors.New("store.Contact "+id+": not found"), "phone", Phone("+351912345678"), "email", Email("ana@x.example"),
		"addr", "192.168.100.200:8080", "kind", slog.LevelWarn, "code", nil, "inner", slog.GroupValue(slog.String("code", "21610")))
	var line map[string]any
	if err := json.Unmarshal(out.Bytes(), &line); err != nil {
		t.Fatal(err)
	}
	for key, want := range map[string]any{
		"msg": "request served", "route": "GET /contacts/{id}", "status": 200.0, "ms": 1.5, "request_id": id, "contact_id": id,
		"actor_id": "system:textback", "err": "store.Contact " + id + ": not found", "phone": "+35…78", "email": "a…@x.example",
		"addr": "192.168.100.200:8080", "kind": "WARN", "code": nil,
	} {
		if line[key] != want {
			t.Errorf("%s is %v, want %v", key, line[key], want)
		}
	}
	if inner, _ := line["inner"].(map[string]any); inner["code"] != "21610" {
		t.Errorf("the group is %v", line["inner"])
	}
}

func TestRedact(t *testing.T) {
	for text, want := range map[string]string{
		"":                                                          "",
		"dial tcp: connection refused":                              "dial tcp: connection refused",
		"call +351 21 123 4567 now":                                 "call [number] now",
		"call (503) 555-0177":                                       "call [number]",
		"card 4111 1111 1111 1111":                                  "card [number]",
		"٠٩١٢٣٤٥٦٧٨":                                                "[number]",
		"from ana.b+c@example.co.uk: gone":                          "from [email]: gone",
		"code 21610 after 3 attempts":                               "code 21610 after 3 attempts",
		"constraint failed (2067)":                                  "constraint failed (2067)",
		"id 0193b5a0-1234-7000-8000-123456789012 gone":              "id 0193b5a0-1234-7000-8000-123456789012 gone",
		"key AGE-SECRET-KEY-PQ-1QQQQQQQQQQQQQQQQ234 bad":            "key [token] bad",
		"account AC0123456789abcdef0123456789abcdef is closed":      "account [token] is closed",
		"an extraordinarily-uncharacteristicallylong word":          "an extraordinarily-uncharacteristicallylong word",
		"https://api.twilio.com/2010-04-01/Accounts/AC1?To=1: gone": "https://api.twilio.com/…: gone",
		"a\nb\tc\x1b[31m":                                           "a⏎b c [31m",
	} {
		if got := Redact(text); got != want {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
}

func TestPartsOfAPersonAreShownOrNothing(t *testing.T) {
	for value, want := range map[slog.LogValuer]string{
		Phone("+919876543237"): "+91…37", Phone("32665"): "…", Phone(""): "…", Phone("+91 987654"): "…", Phone("Zuzanna Marková"): "…",
		Email("ana@x.in"): "a…@x.in", Email("édith@x.in"): "é…@x.in", Email("nobody"): "…", Email("@x"): "…", Email("a@"): "…",
	} {
		if got := value.LogValue().String(); got != want {
			t.Errorf("%v: got %q, want %q", value, got, want)
		}
	}
}

func TestLevel(t *testing.T) {
	for text, want := range map[string]slog.Level{"": slog.LevelInfo, "debug": slog.LevelDebug, "WARN": slog.LevelWarn, "error": slog.LevelError, "info": slog.LevelInfo} {
		if got, err := Level(text); err != nil || got != want {
			t.Errorf("%q: got %v, %v", text, got, err)
		}
	}
	if _, err := Level("loud"); err == nil {
		t.Error("any level goes")
	}
	var out bytes.Buffer
	New(&out, "text", slog.LevelWarn).Info("quiet")
	if out.Len() > 0 {
		t.Errorf("below its level the logger says %q", out.String())
	}
}

func FuzzRedact(f *testing.F) {
	for _, seed := range []string{"+351 21 123 4567", "a@b", "https://x/?q", "\xff\xfe", "((((((((", strings.Repeat("1 ", 50), "AC0123456789abcdef0123456789abcdef", "GET /contacts/{id}"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		out := Redact("before " + text + " " + markPhone + " <" + markEmail + ">")
		if strings.Contains(out, "912345678") || strings.Contains(out, "marked.example") || strings.ContainsAny(out, "\r\n\x1b") {
			t.Fatalf("%q", out)
		}
		if harmless(text) && redact(oneLine(text)) != text {
			t.Fatalf("%q is not harmless: %q", text, redact(oneLine(text)))
		}
	})
}
