package outbound

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"testing"
	"time"

	"stead/app/errs"
	"stead/app/port"
)

var mailed = port.Disclosure{Processor: "smtp", Purpose: "staff_mail", Fields: []string{"email", "body"}, Ref: "m1"}

// listen is a server that says hello and gives back what it hears.
func listen(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer conn.Close()
				_, _ = io.Copy(conn, conn)
			}()
		}
	}()
	return l.Addr().String()
}

func TestAConnectionIsWrittenDownBeforeItIsOpened(t *testing.T) {
	addr := listen(t)
	k := newKit(t, nil, addr)
	conn, err := k.Dial(port.WithDisclosure(t.Context(), mailed), "tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	if rows := k.rows(t); len(rows) != 1 || rows[0].Result != "pending" || rows[0].ContactID != "" || rows[0].Processor != "smtp" || rows[0].Ref != "m1" {
		t.Errorf("while it is open: %+v", rows)
	}
	if _, err := io.WriteString(conn, "hello"); err != nil {
		t.Fatal(err)
	}
	conn.(interface{ Note(string) }).Note("250")
	for range 2 {
		_ = conn.Close() // the second does nothing
	}
	if rows := k.rows(t); len(rows) != 1 || rows[0].Result != "250" || rows[0].Bytes != 5 {
		t.Errorf("after it: %+v", rows)
	}
}

func TestWhatIsNotAllowedIsNotDialled(t *testing.T) {
	addr := listen(t)
	k := newKit(t, nil, addr)
	told := port.WithDisclosure(t.Context(), mailed)
	for name, tt := range map[string]struct {
		ctx        context.Context
		addr, code string
		rows       int
	}{
		"no disclosure":                {t.Context(), addr, "no_disclosure", 0},
		"an empty disclosure":          {port.WithDisclosure(t.Context(), port.Disclosure{}), addr, "no_disclosure", 0},
		"a port that is not of mail":   {told, "mail.example.com:22", "port_refused", 0},
		"no port":                      {told, "mail.example.com", "port_refused", 0},
		"a private address":            {told, "127.0.0.1:587", "address_refused", 1},
		"a private address, otherwise": {told, "[::ffff:10.0.0.1]:465", "address_refused", 1},
		"the metadata service":         {told, "169.254.169.254:2525", "address_refused", 1},
		"a name that nobody knows":     {told, "mail.example.com:587", "network", 1},
	} {
		t.Run(name, func(t *testing.T) {
			before := len(k.rows(t))
			conn, err := k.Dial(tt.ctx, "tcp", tt.addr)
			if conn != nil || errs.CodeOf(err) != tt.code {
				t.Errorf("got %v, %v", conn, err)
			}
			rows := k.rows(t)
			if len(rows) != before+tt.rows || tt.rows == 1 && !hasResult(rows, tt.code) {
				t.Errorf("rows: %+v", rows)
			}
		})
	}
}

func TestAConnectionHasLimits(t *testing.T) {
	addr := listen(t)
	k := newKit(t, func(c *Config) { c.MaxTalk = 1000 }, addr)
	conn, err := k.Dial(port.WithDisclosure(t.Context(), mailed), "tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if n, err := conn.Write(bytes.Repeat([]byte("x"), 1001)); n != 0 || !errors.Is(err, ErrTooLarge) {
		t.Errorf("too much was written: %d, %v", n, err)
	}
	if _, err := conn.Write(bytes.Repeat([]byte("x"), 1000)); err != nil {
		t.Fatal(err)
	}
	if got, err := io.ReadAll(conn); len(got) != 1000 || !errors.Is(err, ErrTooLarge) {
		t.Errorf("read %d, %v", len(got), err)
	}
}

func TestAConnectionEnds(t *testing.T) {
	addr := listen(t)
	k := newKit(t, nil, addr)
	ctx, cancel := context.WithCancel(port.WithDisclosure(t.Context(), mailed))
	conn, err := k.Dial(ctx, "tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	cancel() // who dialled is done with the dial, not with the connection
	if _, err := io.WriteString(conn, "x"); err != nil {
		t.Errorf("the connection ended with the dial: %v", err)
	}
	c := conn.(*talk)
	end, _ := c.limit.Deadline()
	for _, asked := range []time.Time{{}, end.Add(time.Hour), end} {
		if got := c.within(asked); !got.Equal(end) {
			t.Errorf("a deadline at %v became %v, want %v", asked, got, end)
		}
	}
	if sooner := end.Add(-time.Second); !c.within(sooner).Equal(sooner) {
		t.Error("a sooner deadline was moved")
	}
	if err := conn.SetDeadline(end.Add(-time.Hour)); err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadAll(conn); err == nil {
		t.Error("a read waits past its deadline")
	}
	_ = conn.Close()
	if rows := k.rows(t); rows[0].Result != "closed" {
		t.Errorf("rows: %+v", rows)
	}
}
