package imports_test

import (
	"bytes"
	"fmt"
	"os"
	"strings"
	"testing"
	"unicode/utf16"

	"stead/app/imports"
	"stead/store"
)

func TestFixtures(t *testing.T) {
	d := newDesk(t)
	read := func(name string) string {
		text, err := os.ReadFile("../tabular/testdata/" + name)
		d.ok(err)
		return string(text)
	}
	if got := counts(d.bring(job("a.csv", read("contacts_utf8.csv")))); got != "2 new, 0 updated, 0 unchanged, 1 rejected, 0 erased" && got != "2 new, 0 updated, 0 unchanged, 0 rejected, 0 erased" {
		t.Error("contacts_utf8.csv:", got)
	}
	dana := d.person("Dana Smith")
	if dana.Phones[0].E164 != "+15035550177" || dana.Company != "Acme Supply" || dana.About != "Line 1\nLine 2, with comma" || dana.Basis != "legitimate_interest" || dana.BasisEvidence != "they asked" {
		t.Errorf("%+v", dana)
	}
	for _, file := range []string{"contacts_v3.vcf", "contacts_v4.vcf"} {
		if got := counts(d.bring(job(file, read(file)))); got != "0 new, 0 updated, 1 unchanged, 0 rejected, 0 erased" {
			t.Errorf("%s: %s", file, got)
		}
	}
	india := job("a.csv", read("contacts_utf8.csv"))
	india.Country = "IN"
	if got := counts(d.bring(india)); got != "0 new, 0 updated, 2 unchanged, 0 rejected, 0 erased" {
		t.Error("the same again:", got)
	}
}

func TestModes(t *testing.T) {
	const first = "Name,Phone,Email,Company,Notes,City\nDana Smith,503 555 0177,dana@example.com,,Careful,\n"
	const second = "Name,Phone,Email,Company,Job title,Notes,City\nDana Jones,503-555-0178,DANA@example.com,Acme,Buyer,Other,Portland\n"
	for mode, want := range map[string]struct{ counts, card string }{
		store.ImportAdd:       {"0 new, 0 updated, 1 unchanged, 0 rejected, 0 erased", "Dana Smith +15035550177 dana@example.com  Careful "},
		store.ImportFill:      {"0 new, 1 updated, 0 unchanged, 0 rejected, 0 erased", "Dana Smith +15035550177 dana@example.com Acme/Buyer Careful Portland"},
		store.ImportOverwrite: {"0 new, 1 updated, 0 unchanged, 0 rejected, 0 erased", "Dana Jones +15035550178,+15035550177 dana@example.com Acme/Buyer Careful Portland"},
	} {
		t.Run(mode, func(t *testing.T) {
			d := newDesk(t)
			made := d.bring(job("a.csv", first))
			rows, err := d.Store().ImportRows(t.Context(), made.ID, store.RowCreated, 0, 1)
			d.ok(err)
			before := d.dump()
			j := job("b.csv", second)
			j.Mode, j.MatchBy = mode, store.MatchEmail
			dry := j
			dry.DryRun, dry.File = true, strings.NewReader(second)
			i, err := d.svc.Do(t.Context(), d.owner, dry, nil)
			d.ok(err)
			if got := counts(i); got != want.counts {
				t.Errorf("dry: %s, want %s", got, want.counts)
			}
			d.same(before, d.dump())
			i = d.bring(j)
			if got := counts(i); got != want.counts {
				t.Errorf("%s, want %s", got, want.counts)
			}
			c, err := d.Store().Card(t.Context(), rows[0].ContactID)
			d.ok(err)
			if got := short(c); got != want.card {
				t.Errorf("%q, want %q", got, want.card)
			}
			again := j
			again.File = strings.NewReader(second)
			if got := counts(d.bring(again)); got != "0 new, 0 updated, 1 unchanged, 0 rejected, 0 erased" {
				t.Error("the same again:", got)
			}
			_, err = d.svc.TakeBack(t.Context(), d.owner, i.ID, nil)
			d.ok(err)
			d.same(before, d.dump())
		})
	}
}

func short(c store.Card) string {
	var phones, emails, jobs, cities []string
	for _, p := range c.Phones {
		phones = append(phones, p.E164)
	}
	for _, e := range c.Emails {
		emails = append(emails, e.Typed)
	}
	for _, j := range c.Companies {
		jobs = append(jobs, j.Name+"/"+j.Role)
	}
	for _, a := range c.Addresses {
		cities = append(cities, a.City)
	}
	return fmt.Sprintf("%s %s %s %s %s %s", c.Name, strings.Join(phones, ","), strings.Join(emails, ","), strings.Join(jobs, ","), c.About, strings.Join(cities, ","))
}

func TestWhatIsNotTaken(t *testing.T) {
	d := newDesk(t)
	i := d.bring(job("a.csv", "First,Last,Phone,Email\n"+
		"Ana,Costa,+351 21 123 4567,ana@x.example\n"+ // 2
		",,,\n"+ // 3: blank but for the commas
		"Bo,B,,not an address\n"+ // 4
		"Ci,C,1.50355E+10,ci@x.example\n"+ // 5: the spreadsheet broke it
		"Di,D,call me,di@x.example\n"+ // 6: kept as text
		"Ed,E,1,e@x.example,too,many\n"+ // 7
		"Fe,F,\"1,f@x.example\n"+ // 8: never closes
		",,,gi@x.example\n"+ // 9: nobody's name
		"\n"+ // 10
		"=cmd(),H,503 555 0100,hi@x.example\n"))
	if got := counts(i); got != "5 new, 0 updated, 0 unchanged, 4 rejected, 0 erased" || i.Blank != 1 || i.Header != 1 || i.Flagged != 2 {
		t.Error(got, i.ImportCounts)
	}
	text := d.refused(i)
	for _, want := range []string{
		"\uFEFFLine,Reason,Column,Original text,First,Last,Phone,Email\r\n", "3,\"There is no name, no phone and no email.\"", "4,This is no email address.,Email,",
		"7,The line has more cells than there are columns.", "8,A quotation mark opens here and never closes.", `"Fe,F,""1,f@x.example"`,
	} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in %s", want, text)
		}
	}
	if c := d.person("Ci C"); len(c.Phones) != 0 {
		t.Errorf("a broken number was taken: %v", c.Phones)
	}
	if c := d.person("Di D"); c.Phones[0].E164 != "" || c.Phones[0].Typed != "call me" {
		t.Errorf("not kept as text: %v", c.Phones)
	}
}

// What was refused is mended in its file and imported again: what that refuses
// has the columns of the file once, and the text as it first stood there.
func TestWhatIsRefusedTwice(t *testing.T) {
	d := newDesk(t)
	first := d.refused(d.bring(job("a.csv", "Name,Email\nBo,not an address\nCi,no\n")))
	i := d.bring(job("b.csv", strings.Replace(first, "Ci,no\r\n", "Ci,ci@x.example\r\n", 1)))
	if got := counts(i); got != "1 new, 0 updated, 0 unchanged, 1 rejected, 0 erased" {
		t.Fatal(got)
	}
	want := "\uFEFFLine,Reason,Column,Original text,Name,Email\r\n" + `2,This is no email address.,Email,"Bo,not an address",Bo,not an address` + "\r\n"
	if got := d.refused(i); got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

// Everybody may share an address: nobody is lost for it, and a file changes only
// whom it names.
func TestAnAddressOfFive(t *testing.T) {
	d := newDesk(t)
	text := "Name,Email\n"
	for _, name := range []string{"Ana Alves", "Bo Berg", "Ci Chen", "Di Diaz", "Ed Evans"} {
		text += name + ",info@clinic.example\n"
	}
	if got := counts(d.bring(job("a.csv", text))); got != "5 new, 0 updated, 0 unchanged, 0 rejected, 0 erased" {
		t.Fatal(got)
	}
	if got := counts(d.bring(job("a.csv", text))); got != "0 new, 0 updated, 5 unchanged, 0 rejected, 0 erased" {
		t.Error("again:", got)
	}
	over := job("a.csv", "Name,Email,City\nCi Chen,info@clinic.example,Lima\nNobody Here,info@clinic.example,Rome\n")
	over.Mode = store.ImportOverwrite
	if got := counts(d.bring(over)); got != "0 new, 1 updated, 0 unchanged, 1 rejected, 0 erased" {
		t.Error(got)
	}
	if c := d.person("Ci Chen"); len(c.Addresses) != 1 || c.Addresses[0].City != "Lima" {
		t.Errorf("%+v", c.Addresses)
	}
}

func TestWhoWasErasedStaysOut(t *testing.T) {
	d := newDesk(t)
	text := "Name,Phone\nDana Smith,503 555 0177\nBo Berg,503 555 0178\n"
	d.bring(job("a.csv", text))
	if _, err := d.App.Privacy.Erase(t.Context(), d.owner, d.person("Dana Smith").ID); err != nil {
		t.Fatal(err)
	}
	i := d.bring(job("a.csv", text))
	if got := counts(i); got != "0 new, 0 updated, 1 unchanged, 0 rejected, 1 erased" {
		t.Error(got)
	}
	if refused := d.refused(i); strings.Contains(refused, "Dana") || !strings.Contains(refused, "2,This person was erased here and is not taken in again.") {
		t.Error(refused)
	}
}

func TestColumnsOfOtherProducts(t *testing.T) {
	for preset, text := range map[string]string{
		"google":    "First Name,Middle Name,Last Name,Phonetic First Name,Organization Name,Organization Title,Labels,E-mail 1 - Label,E-mail 1 - Value,Phone 1 - Label,Phone 1 - Value,Address 1 - City\nDana,,Smith,,Acme,Buyer,friends ::: * myContacts,* Work,dana@x.example,Mobile,503 555 0177 ::: 503 555 0178,Portland\n",
		"hubspot":   "Record ID,First Name,Last Name,Email,Phone Number,Contact owner,Lifecycle Stage,Associated Company,Job Title,City\n1,Dana,Smith,dana@x.example,(503) 555-0177,x,lead,Acme,Buyer,Portland\n",
		"pipedrive": "Person - Name,Person - Organization,Person - Email - Work,Person - Phone - Mobile,Person - Job title,Person - City\nDana Smith,Acme,dana@x.example,503 555 0177,Buyer,Portland\n",
		"twenty":    "Id,Name / First Name,Name / Last Name,Emails / Primary Email,Phones / Primary Phone Number,Phones / Primary Phone Calling Code,Phones / Additional Phones,Company / Name,Job Title,City\nx,Dana,Smith,dana@x.example,5035550177,+1,\"[{\"\"number\"\":\"\"5035550178\"\",\"\"callingCode\"\":\"\"+1\"\"}]\",Acme,Buyer,Portland\n",
		"espocrm":   "salutationName;firstName;lastName;accountName;emailAddress;phoneNumber;addressCity;title\n;Dana;Smith;Acme;dana@x.example;503 555 0177;Portland;Buyer\n",
		"":          "Nachname;Vorname;Firma;Funktion;E-Mail;Handy;Ort\nSmith;Dana;Acme;Buyer;dana@x.example;503 555 0177;Portland\n",
	} {
		t.Run(preset, func(t *testing.T) {
			d := newDesk(t)
			i := d.bring(job("a.csv", text))
			if i.Preset != preset || i.Created != 1 {
				t.Fatalf("preset %q, %s", i.Preset, counts(i))
			}
			c := d.person("Dana Smith")
			if len(c.Phones) == 0 || c.Phones[0].E164 != "+15035550177" || c.Emails[0].Typed != "dana@x.example" || c.Company != "Acme" || c.Companies[0].Role != "Buyer" || c.Addresses[0].City != "Portland" {
				t.Errorf("%s", short(c))
			}
		})
	}
}

func TestHeadersOfSixLanguages(t *testing.T) {
	for _, header := range []string{
		"Name,Phone,Email", "Name,Telefon,E-Mail", "Nom complet,Téléphone,Courriel", "Nombre completo,Teléfono,Correo electrónico", "Nome,Telefone,E-mail", "नाम,फ़ोन,ईमेल",
		"FULL NAME,Mobile Number,E-mail address", "name,phone_number,email_address", "Nombre,Teléfono móvil,Correo",
	} {
		t.Run(header, func(t *testing.T) {
			d := newDesk(t)
			i := d.bring(job("a.csv", header+"\nDana,503 555 0177,dana@x.example\n"))
			if i.Created != 1 {
				t.Fatal(counts(i))
			}
			if c := d.person("Dana"); len(c.Phones) != 1 || len(c.Emails) != 1 {
				t.Errorf("%s", short(c))
			}
		})
	}
}

// A file as bad as they come: every line of it is accounted for.
func messy(n int) string {
	var b strings.Builder
	b.WriteString("Name,Phone,Email,Company,Tags\n")
	ends := []string{"\n", "\r\n", "\r"}
	for i := range n {
		switch {
		case i%1000 == 499:
			fmt.Fprintf(&b, "\"Broken %d,503 555 %04d,b%d@x.example,,", i, i%10000, i)
		case i%997 == 3:
			fmt.Fprintf(&b, "Nul %d\x00,,,,", i)
		case i%503 == 7:
			fmt.Fprintf(&b, "Sci %d,1.5%04dE+10,s%d@x.example,,", i, i%10000, i)
		case i%401 == 9:
			fmt.Fprintf(&b, "\"Two\nlines %d\",,t%d@x.example,\"Acme, \"\"Best\"\"\",a;b", i, i)
		case i%307 == 11:
			fmt.Fprintf(&b, "M\xfcller %d,,m%d@x.example,,", i, i)
		default:
			fmt.Fprintf(&b, "Person %d,+1 503 %03d %04d,p%d@x.example,Firm %d,tag", i, 200+i/10000, i%10000, i, i%50)
		}
		b.WriteString(ends[i%3])
	}
	return b.String()
}

func TestAMessyFile(t *testing.T) {
	n := int64(20_000)
	if testing.Short() { // under the race detector each line takes ten times as long
		n = 3000
	}
	d := newDesk(t)
	before := d.dump()
	j := job("messy.csv", messy(int(n)))
	i := d.bring(j)
	var broken, nul int64
	for k := range n {
		switch {
		case k%1000 == 499:
			broken++
		case k%997 == 3:
			nul++
		}
	}
	if i.Records != n || i.Rejected != broken+nul || i.Created != n-broken-nul {
		t.Errorf("%d records, %s; want %d refused", i.Records, counts(i), broken+nul)
	}
	if got := strings.Count(d.refused(i), "\r\n") - 1; int64(got) != i.Rejected {
		t.Errorf("%d lines to be mended, %d refused", got, i.Rejected)
	}
	undone, err := d.svc.TakeBack(t.Context(), d.owner, i.ID, nil)
	d.ok(err)
	if undone.Undone != i.Created || undone.Kept != 0 {
		t.Errorf("%d taken back, %d kept", undone.Undone, undone.Kept)
	}
	d.same(before, d.dump())
}

func TestAllEncodings(t *testing.T) {
	const text = "Name;Phone;Email\nMüller;+49 30 901820;m@x.example\nकुमार;+91 99999 00011;k@x.example\n"
	units := utf16.Encode([]rune("\uFEFF" + text))
	var little, big bytes.Buffer
	for _, u := range units {
		little.Write([]byte{byte(u), byte(u >> 8)})
		big.Write([]byte{byte(u >> 8), byte(u)})
	}
	for name, file := range map[string]string{"utf-8": text, "utf-8 with a mark": "\uFEFF" + text, "utf-16le": little.String(), "utf-16be": big.String()} {
		t.Run(name, func(t *testing.T) {
			d := newDesk(t)
			if i := d.bring(job("a.csv", file)); i.Created != 2 {
				t.Fatal(counts(i))
			}
			if c := d.person("Müller"); c.Phones[0].E164 != "+4930901820" {
				t.Errorf("%v", c.Phones)
			}
			d.person("कुमार")
		})
	}
}

// What somebody has worked with since stays when the import is taken back.
func TestWhoWasWorkedWithIsKept(t *testing.T) {
	d := newDesk(t)
	i := d.bring(job("a.csv", "Name,Email,Company\nAna,a@x.example,Acme\nBo,b@x.example,Acme\nCi,c@x.example,Solo\n"))
	ana := d.person("Ana")
	d.Change("contact.noted", ana.ID, func(tx *store.Tx) error {
		ana.About, ana.UpdatedAt = "Met her", 5
		return tx.SaveCard(t.Context(), ana)
	})
	undone, err := d.svc.TakeBack(t.Context(), d.owner, i.ID, nil)
	d.ok(err)
	if undone.Undone != 2 || len(d.people("Ana")) != 1 || len(d.people("Bo")) != 0 {
		t.Errorf("%d taken back, %d kept", undone.Undone, undone.Kept)
	}
	companies, err := d.Store().CompaniesNamed(t.Context(), []string{"acme", "solo"})
	d.ok(err)
	if _, ok := companies["acme"]; !ok || len(companies) != 1 {
		t.Errorf("companies %v", companies)
	}
	if _, err := d.svc.TakeBack(t.Context(), d.owner, i.ID, nil); err == nil {
		t.Error("taken back twice")
	}
}

// Whom a bulk edit tagged since is kept, and counted as kept.
func TestWhoWasTaggedInBulkIsKept(t *testing.T) {
	d := newDesk(t)
	i := d.bring(job("a.csv", "Name,Email\nAna,a@x.example\nBo,b@x.example\nCi,c@x.example\n"))
	ana, bo := d.person("Ana"), d.person("Bo")
	d.Change("contact.bulk_changed", "op", func(tx *store.Tx) error {
		tag, err := tx.EnsureTag(t.Context(), store.Tag{ID: "t1", Name: "Fair"})
		if err != nil {
			return err
		}
		_, err = tx.TagAll(t.Context(), []string{ana.ID, bo.ID}, tag, true, 9)
		return err
	})
	undone, err := d.svc.TakeBack(t.Context(), d.owner, i.ID, nil)
	d.ok(err)
	if undone.Undone != 1 || undone.Kept != 2 || len(d.people("Ana")) != 1 || len(d.people("Ci")) != 0 {
		t.Errorf("%d taken back, %d kept", undone.Undone, undone.Kept)
	}
}

func TestColumnsThatBecomeFields(t *testing.T) {
	d := newDesk(t)
	before := d.dump()
	j := job("a.csv", "Name,Email,Shoe size\nAna,a@x.example,38\nBo,b@x.example,huge\n")
	j.Map = map[string]string{"Shoe size": "new:number"}
	j.Tags = []string{"Imported 18 Nov"}
	i := d.bring(j)
	if got := counts(i); got != "1 new, 0 updated, 0 unchanged, 1 rejected, 0 erased" {
		t.Error(got)
	}
	ana := d.person("Ana")
	fields, err := d.Store().Fields(t.Context(), "contact")
	d.ok(err)
	if len(fields) != 1 || fields[0].Name != "Shoe size" || ana.Values[fields[0].ID].Num != 38_000_000 || len(ana.Tags) != 1 {
		t.Errorf("%+v %+v", fields, ana.Values)
	}
	if !strings.Contains(d.refused(i), "3,The value does not fit its field.,Shoe size,") {
		t.Error(d.refused(i))
	}
	_, err = d.svc.TakeBack(t.Context(), d.owner, i.ID, nil)
	d.ok(err)
	d.same(before, d.dump())
}

func TestWhatCannotBeImported(t *testing.T) {
	d := newDesk(t)
	for name, change := range map[string]func(*imports.Job){
		"no basis":        func(j *imports.Job) { j.Basis = "" },
		"no country":      func(j *imports.Job) { j.Country = "XX" },
		"no such column":  func(j *imports.Job) { j.Map = map[string]string{"Shoe": "name"} },
		"no such place":   func(j *imports.Job) { j.Map = map[string]string{"Name": "shoe"} },
		"nobody is named": func(j *imports.Job) { j.Map = map[string]string{"Name": "skip", "Email": "skip"} },
		"one place twice": func(j *imports.Job) { j.Map = map[string]string{"Email": "name"} },
		"a picture":       func(j *imports.Job) { j.File = strings.NewReader("\x89PNG\r\n\x1a\n") },
		"nothing":         func(j *imports.Job) { j.File = strings.NewReader("") },
		"an archive": func(j *imports.Job) {
			j.File = strings.NewReader("PK\x03\x04" + strings.Repeat("\x00", 22) + "\x0d\x00\x00\x00manifest.json")
		},
	} {
		t.Run(name, func(t *testing.T) {
			j := job("a.csv", "Name,Email\nAna,a@x.example\n")
			change(&j)
			if _, err := d.svc.Do(t.Context(), d.owner, j, nil); err == nil {
				t.Error("was imported")
			}
			left, _, err := d.Store().Imports(t.Context(), store.Everything, store.Page{})
			d.ok(err)
			if len(left) != 0 {
				t.Error("something is left of it")
			}
		})
	}
}
