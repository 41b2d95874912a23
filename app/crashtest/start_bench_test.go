package crashtest

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"testing"
	"time"

	"stead/app/apptest"
)

// BenchmarkStart times from exec to the first byte of the sign-in page, on a
// database of a gigabyte, beside a bare server's. The goal is 25 ms.
func BenchmarkStart(b *testing.B) {
	in := settle(b)
	var ours, theirs []time.Duration
	for b.Loop() {
		for range 15 {
			in.addr = apptest.FreeAddr(b)
			cmd := exec.Command(house.bin, "serve")
			cmd.Env = append(in.env, "STEAD_ADDR="+in.addr)
			ours = append(ours, born(b, process{in.addr, cmd}, "/login"))
			in.addr = apptest.FreeAddr(b)
			theirs = append(theirs, born(b, process{in.addr, exec.Command(house.bare, in.addr)}, "/hello"))
		}
	}
	b.ReportMetric(ms(median(ours)), "first-byte-ms")
	b.ReportMetric(float64(median(ours))/float64(median(theirs)), "first-byte/bare")
	b.ReportMetric(ms(quantile(ours, 0)), "fastest-ms")
	b.ReportMetric(0, "ns/op")
}

// born starts a process, times its first byte and ends it.
func born(b *testing.B, p process, path string) time.Duration {
	began := time.Now()
	if err := p.cmd.Start(); err != nil {
		b.Fatal(err)
	}
	firstByte(b, p.addr, path)
	took := time.Since(began)
	p.end()
	return took
}

// BenchmarkMemory looks at the process when nobody asks for anything, and after
// a load of pages and callbacks. Goals: 20 MB resident at rest, 60 MB anonymous
// after the load. At rest it should use next to no CPU either.
func BenchmarkMemory(b *testing.B) {
	in := settle(b)
	base := bare(b)
	p := in.serve(b)
	in.drained(b)
	<-time.After(14 * time.Second) // it gives back what only the start needed
	rest := p.used(b)
	<-time.After(5 * time.Second)
	idle := p.used(b).cpu - rest.cpu
	cookie := in.signIn(b)
	pages := ask(in.addr, cookie, append(in.found(b, cookie, "kowal", "mar"), "/contacts", "/contacts/"+personID(busiest), "/", "/inbox")...)
	for b.Loop() {
		load(b, in.addr, pages, 16, 3000)
		load(b, in.addr, texts(in, 2000), 64, 2000)
		in.drained(b)
	}
	after := p.used(b)
	b.ReportMetric(rest.rss, "idle-MB")
	b.ReportMetric(rest.anon, "idle-anon-MB")
	b.ReportMetric(rest.rss/base.used(b).rss, "idle/bare")
	b.ReportMetric(ms(idle)/5, "idle-ms/s")
	b.ReportMetric(after.anon, "loaded-anon-MB")
	b.ReportMetric(after.rss, "loaded-MB")
	b.ReportMetric(0, "ns/op")
}

// BenchmarkSize compares the stripped binaries. The goal is 25 MB.
func BenchmarkSize(b *testing.B) {
	settle(b)
	var size [2]float64
	for i, file := range []string{house.bin, house.bare} {
		info, err := os.Stat(file)
		if err != nil {
			b.Fatal(err)
		}
		size[i] = float64(info.Size()) / 1e6
	}
	for b.Loop() { // nothing takes time here
	}
	b.ReportMetric(size[0], "MB")
	b.ReportMetric(size[0]/size[1], "size/bare")
	b.ReportMetric(0, "ns/op")
}

// drained waits until nothing that providers told is left to be processed.
func (in *installation) drained(b *testing.B) {
	b.Helper()
	st := in.open()
	defer st.Close()
	for deadline := time.Now().Add(2 * time.Minute); ; {
		n, err := st.InboundCount(context.Background(), "new")
		switch {
		case err != nil:
			b.Fatal(err)
		case n == 0:
			return
		case time.Now().After(deadline):
			b.Fatalf("%d events are not processed", n)
		}
		<-time.After(10 * time.Millisecond)
	}
}

var sent int // texts have numbers that no benchmark used before

// texts are signed callbacks, each of a text of its own.
func texts(in *installation, n int) (requests [][]byte) {
	for range n {
		sent++
		sid := fmt.Sprintf("SM%032x", sent+int(time.Now().UnixNano()))
		form := url.Values{
			"MessageSid": {sid}, "SmsSid": {sid}, "SmsMessageSid": {sid}, "AccountSid": {account}, "From": {fmt.Sprintf("+1971%07d", 2_000_000+sent%3000)}, "To": {line},
			"Body": {fmt.Sprintf("Is the kettle ready? This is message %d.", sent)}, "NumMedia": {"0"}, "NumSegments": {"1"}, "SmsStatus": {"received"}, "ApiVersion": {"2010-04-01"},
			"FromCity": {"PORTLAND"}, "FromState": {"OR"}, "FromZip": {"97201"}, "FromCountry": {"US"}, "ToCity": {"SALEM"}, "ToState": {"OR"}, "ToZip": {"97301"}, "ToCountry": {"US"},
		}
		body := form.Encode()
		requests = append(requests, fmt.Appendf(nil,
			"POST /hooks/twilio/sms HTTP/1.1\r\nHost: %s\r\nContent-Type: application/x-www-form-urlencoded\r\nX-Twilio-Signature: %s\r\nContent-Length: %d\r\n\r\n%s",
			in.addr, signature(in.url("/hooks/twilio/sms"), form), len(body), body))
	}
	return requests
}
