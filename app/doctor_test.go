package app

import (
	"encoding/pem"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"stead/store"
)

// deviceOf is what the kernel calls the disk of a folder.
func deviceOf(t *testing.T, dir string) string {
	t.Helper()
	var stat syscall.Stat_t
	must(t, syscall.Stat(dir, &stat))
	return numbers(stat.Dev)
}

// finding is what the doctor is expected to say: a state, and some of its words.
type finding struct{ state, says string }

func (f finding) check(t *testing.T, name string, got Finding) {
	t.Helper()
	if got.State != f.state || !strings.Contains(got.Detail, f.says) || got.Check == "" || got.Detail == "" {
		t.Errorf("%s: %+v, want %s: …%s…", name, got, f.state, f.says)
	}
	if (got.State == "fail" || got.State == "warn") && got.Remedy == "" {
		t.Errorf("%s: nothing can be done about %+v", name, got)
	}
}

func TestTheDoctorOnAddresses(t *testing.T) {
	for name, tc := range map[string]struct {
		env  map[string]string
		want finding
	}{
		"this machine alone":             {nil, finding{"warn", "this machine alone"}},
		"a name of its own":              {map[string]string{"STEAD_DOMAIN": "crm.example.com"}, finding{"ok", "certificates of its own"}},
		"through a proxy":                {map[string]string{"STEAD_URL": "https://crm.example.com", "STEAD_TRUSTED_PROXIES": "127.0.0.1"}, finding{"ok", "through a proxy"}},
		"through a proxy without a name": {map[string]string{"STEAD_URL": "https://crm.example.com"}, finding{"warn", "not named"}},
		"beside a proxy":                 {map[string]string{"STEAD_URL": "https://crm.example.com", "STEAD_ADDR": ":8080", "STEAD_TRUSTED_PROXIES": "127.0.0.1"}, finding{"warn", "also answers without"}},
		"in the clear":                   {map[string]string{"STEAD_URL": "http://crm.example.com"}, finding{"fail", "travel in the clear"}},
		"to the whole network":           {map[string]string{"STEAD_ADDR": ":8080"}, finding{"fail", "travel in the clear"}},
		"on an address of the network":   {map[string]string{"STEAD_ADDR": "192.168.1.5:8080"}, finding{"fail", "travel in the clear"}},
		"on the other loopback":          {map[string]string{"STEAD_ADDR": "[::1]:8080"}, finding{"warn", "this machine alone"}},
		"by the machine's own name":      {map[string]string{"STEAD_ADDR": "localhost:8080", "STEAD_URL": "http://localhost:8080"}, finding{"warn", "this machine alone"}},
	} {
		cfg, err := LoadConfig(func(name string) string { return tc.env[name] })
		if err != nil {
			t.Fatal(name, err)
		}
		tc.want.check(t, name, judgeAddress(cfg))
	}
}

func TestTheDoctorOnTimes(t *testing.T) {
	now := time.Date(2026, 11, 18, 10, 0, 0, 0, time.UTC).UnixMilli()
	old := now - 30*days // when the business was set up
	for name, tc := range map[string]struct {
		got  Finding
		want finding
	}{
		"clock: nothing known":           {judgeClock(now, 0, ""), finding{"not verified", "nothing to compare"}},
		"clock: as it was":               {judgeClock(now, now-hours/6, ""), finding{"ok", "was not verified"}},
		"clock: behind":                  {judgeClock(now, now+2*hours, ""), finding{"fail", "2026-11-18 12:00 UTC already"}},
		"clock: it leapt":                {judgeClock(now, now-hours, "The clock went from … to …."), finding{"fail", "The clock went"}},
		"retention: young":               {judgeSweep(now, 0, now-hours), finding{"ok", "not run yet"}},
		"retention: never":               {judgeSweep(now, 0, old), finding{"fail", "never run"}},
		"retention: yesterday":           {judgeSweep(now, now-30*hours, old), finding{"ok", "2026-11-17 04:00 UTC"}},
		"retention: late":                {judgeSweep(now, now-37*hours, old), finding{"fail", "still there"}},
		"backup: young":                  {judgeBackup(now, 0, now-hours), finding{"warn", "none yet"}},
		"backup: none":                   {judgeBackup(now, 0, old), finding{"fail", "everything goes"}},
		"backup: last night":             {judgeBackup(now, now-8*hours, old), finding{"ok", "2026-11-18 02:00 UTC"}},
		"backup: some days":              {judgeBackup(now, now-3*days, old), finding{"warn", "2026-11-15"}},
		"backup: weeks":                  {judgeBackup(now, now-8*days, old), finding{"fail", "2026-11-10"}},
		"signature: young":               {judgeHead(now, store.AuditCheckpoint{}, now-hours), finding{"ok", "not signed yet"}},
		"signature: never":               {judgeHead(now, store.AuditCheckpoint{}, old), finding{"warn", "never signed"}},
		"signature: today":               {judgeHead(now, store.AuditCheckpoint{Day: now / days, Seq: 7}, old), finding{"ok", "2026-11-18, at entry 7"}},
		"signature: the vault is locked": {judgeHead(now, store.AuditCheckpoint{Day: now/days - 5, Seq: 7}, old), finding{"warn", "2026-11-13"}},
		"schema: as it should be":        {judgeSchema(3, 3), finding{"ok", "Version 3"}},
		"schema: another":                {judgeSchema(2, 3), finding{"fail", "version 2"}},
		"factor: all have one":           {judgeFactors(2, 0), finding{"ok", "No owner"}},
		"factor: one owner":              {judgeFactors(1, 1), finding{"warn", "The owner signs in"}},
		"factor: some owners":            {judgeFactors(3, 2), finding{"warn", "2 of 3"}},
		"mail: none":                     {judgeMail("", store.MailHealth{}), finding{"warn", "not set up"}},
		"mail: not tried":                {judgeMail("smtp", store.MailHealth{Waiting: 1}), finding{"not verified", "none was sent"}},
		"mail: all right":                {judgeMail("smtp", store.MailHealth{Sent: 1}), finding{"ok", "1 mail sent"}},
		"mail: some failed":              {judgeMail("smtp", store.MailHealth{Sent: 5, Failed: 2, LastError: "550"}), finding{"warn", "2 mails of the last week did not go out (550)"}},
		"mail: all failed":               {judgeMail("smtp", store.MailHealth{Failed: 1}), finding{"fail", "no reason is known"}},
	} {
		tc.want.check(t, name, tc.got)
	}
}

func TestTheDoctorOnCertificates(t *testing.T) {
	now := time.Now()
	for name, tc := range map[string]struct {
		ends time.Time
		err  error
		want finding
	}{
		"none":           {time.Time{}, nil, finding{"fail", "none yet"}},
		"fresh":          {now.Add(80*24*time.Hour + time.Minute), nil, finding{"ok", "80 days"}},
		"not renewed":    {now.Add(25 * time.Hour), nil, finding{"warn", "1 day and"}},
		"run out":        {now.Add(-time.Hour), nil, finding{"fail", "ran out"}},
		"cannot be read": {time.Time{}, errors.New("denied"), finding{"not verified", "cannot be looked at"}},
	} {
		tc.want.check(t, name, judgeCertificate("crm.example.com", now, tc.ends, tc.err))
	}
	dir := t.TempDir()
	cfg := named()
	cfg.Data = dir
	for _, f := range certificateFindings(cfg, now) {
		finding{"fail", "none yet"}.check(t, "before the first", f)
	}
	cert, _ := selfSigned(t, "crm.example.com")
	place := filepath.Join(cfg.tlsDir(), "certificates", "ca", "crm.example.com")
	must(t, os.MkdirAll(place, 0o700))
	must(t, os.WriteFile(filepath.Join(place, "crm.example.com.crt"), pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: cert.Certificate[0]}), 0o600))
	got := certificateFindings(cfg, now)
	finding{"warn", "0 days"}.check(t, "one of a day", got[0])
	finding{"fail", "none yet"}.check(t, "of the other name", got[1])
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestTheDoctorOnFileModes(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	finding{"not verified", "nothing"}.check(t, "before the first start", modes(dir))
	for _, file := range []string{"stead.db", "stead.db-wal", "backups/a.age", "tls/acme/users/x.key"} {
		must(t, os.MkdirAll(filepath.Dir(filepath.Join(dir, file)), 0o700))
		must(t, os.WriteFile(filepath.Join(dir, file), nil, 0o600))
	}
	finding{"ok", "their owner's alone"}.check(t, "as it should be", modes(dir))
	for _, file := range []string{"stead.db", "backups/a.age", "backups", "tls/acme/users/x.key"} {
		was, err := os.Stat(filepath.Join(dir, file))
		must(t, err)
		must(t, os.Chmod(filepath.Join(dir, file), was.Mode().Perm()|0o040))
		finding{"fail", file}.check(t, file, modes(dir))
		must(t, os.Chmod(filepath.Join(dir, file), was.Mode().Perm()))
	}
	for range 5 {
		f, err := os.CreateTemp(dir, "open")
		must(t, err)
		must(t, errors.Join(f.Chmod(0o644), f.Close()))
	}
	finding{"fail", "and 2 more"}.check(t, "many", modes(dir))
}

func TestTheDoctorOnTheKey(t *testing.T) {
	dir := t.TempDir()
	data := filepath.Join(dir, "data")
	must(t, os.MkdirAll(data, 0o700))
	for name, tc := range map[string]struct {
		path string
		mode os.FileMode
		want finding
	}{
		"elsewhere":         {filepath.Join(dir, "keys", "stead.key"), 0o600, finding{"ok", "stead.key"}},
		"beside the data":   {filepath.Join(dir, "data.key"), 0o600, finding{"ok", "data.key"}},
		"in the data":       {filepath.Join(data, "stead.key"), 0o600, finding{"warn", "opens itself"}},
		"deep in the data":  {filepath.Join(data, "..sub", "stead.key"), 0o600, finding{"warn", "opens itself"}},
		"for everybody":     {filepath.Join(dir, "open", "stead.key"), 0o644, finding{"fail", "0644"}},
		"in the data, open": {filepath.Join(data, "open.key"), 0o644, finding{"fail", "0644"}},
	} {
		must(t, os.MkdirAll(filepath.Dir(tc.path), 0o700))
		must(t, os.WriteFile(tc.path, nil, tc.mode))
		tc.want.check(t, name, keyFile(Config{Data: data, KeyFile: tc.path}))
	}
	finding{"not verified", "is not there"}.check(t, "gone", keyFile(Config{Data: data, KeyFile: filepath.Join(dir, "gone")}))
}

func TestTheDoctorOnDiskEncryption(t *testing.T) {
	const crypt, lvm = "CRYPT-LUKS2-0123-root\n", "LVM-abc\n"
	for name, tc := range map[string]struct {
		files map[string]string // below the kernel's folder of the device
		want  finding
	}{
		"LUKS":                         {map[string]string{"dm/uuid": crypt, "slaves/sda2/dev": "8:2"}, finding{"ok", "dm-crypt"}},
		"LVM on LUKS":                  {map[string]string{"dm/uuid": lvm, "slaves/dm-0/dm/uuid": crypt}, finding{"ok", "dm-crypt"}},
		"a plain disk":                 {map[string]string{"dev": "8:1"}, finding{"not verified", "not encrypted by this machine's kernel"}},
		"LVM":                          {map[string]string{"dm/uuid": lvm, "slaves/sda2/dev": "8:2"}, finding{"not verified", "not encrypted by this machine's kernel"}},
		"half of a mirror":             {map[string]string{"slaves/dm-0/dm/uuid": crypt, "slaves/sdb/dev": "8:16"}, finding{"not verified", "not encrypted by this machine's kernel"}},
		"a whole mirror":               {map[string]string{"slaves/dm-0/dm/uuid": crypt, "slaves/dm-1/dm/uuid": crypt}, finding{"ok", "dm-crypt"}},
		"a file system of the network": {nil, finding{"not verified", "no disk"}},
	} {
		t.Run(name, func(t *testing.T) {
			data, sys := t.TempDir(), t.TempDir()
			device := filepath.Join(sys, deviceOf(t, data))
			for file, text := range tc.files {
				path := filepath.Join(device, file)
				must(t, os.MkdirAll(filepath.Dir(path), 0o700))
				must(t, os.WriteFile(path, []byte(text), 0o600))
			}
			tc.want.check(t, name, encryption(data, sys))
		})
	}
	finding{"not verified", "no data folder"}.check(t, "before the first start", encryption(filepath.Join(t.TempDir(), "gone"), "/sys/dev/block"))
	for dev, want := range map[uint64]string{0xfe00: "254:0", 0x801: "8:1", 0x100300: "3:256", 0x1000_0000_0801: "4104:1"} {
		if got := numbers(dev); got != want {
			t.Errorf("%x is %s, want %s", dev, got, want)
		}
	}
}
