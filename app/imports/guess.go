package imports

import (
	"regexp"
	"strings"
	"unicode"

	"stead/store"
)

// preset is the export of another product, told by columns that no other has.
type preset struct {
	id, name string
	marks    [][]string        // all of one of these
	columns  map[string]string // where its columns go that their names alone do not tell
}

var presets = []preset{
	{"stead", "Stead", [][]string{{"stead id"}}, map[string]string{"stead id": skip}},
	{"vcard", "Address cards", nil, nil},
	{"google", "Google Contacts", [][]string{
		{"first name", "phone 1 - value"}, {"first name", "e-mail 1 - value"}, {"given name", "family name", "e-mail 1 - value"}, {"given name", "family name", "phone 1 - value"}, {"phonetic first name", "organization name"},
	}, map[string]string{
		"nickname": skip, "file as": skip, "phonetic first name": skip, "phonetic middle name": skip, "phonetic last name": skip, "photo": skip,
		"organization name": "company", "organization title": "role", "organization 1 - name": "company", "organization 1 - title": "role",
		"organization department": skip, "labels": "tags", "group membership": "tags",
	}},
	{"hubspot", "HubSpot", [][]string{{"record id", "first name", "last name"}, {"associated company", "email"}, {"lifecycle stage", "contact owner"}}, map[string]string{
		"record id": skip, "contact owner": skip, "lifecycle stage": skip, "lead status": skip, "associated company": "company", "associated company ids": skip,
		"street address": "street", "state/region": "region", "country/region": "country", "postal code": "postcode", "preferred language": "language", "time zone": "zone",
	}},
	{"pipedrive", "Pipedrive", [][]string{{"person - name"}, {"person - first name", "person - last name"}}, map[string]string{
		"person - id": skip, "person - owner": skip, "person - job title": "role", "person - title": "role", "person - label": "tags", "person - labels": "tags",
		"person - organization": "company", "organization - name": skip, "person - notes": "about",
	}},
	{"twenty", "Twenty", [][]string{{"emails / primary email"}, {"phones / primary phone number"}, {"name / first name", "name / last name"}}, map[string]string{
		"id": skip, "name / first name": "first", "name / last name": "last", "emails / primary email": "email", "emails / additional emails": "email",
		"phones / primary phone number": "phone", "phones / primary phone calling code": "phone_code", "phones / primary phone country code": skip, "phones / additional phones": "phone",
		"job title": "role", "company / name": "company", "company / id": skip, "company id": skip,
	}},
	{"espocrm", "EspoCRM", [][]string{{"firstname", "lastname", "emailaddress"}, {"emailaddress", "phonenumber"}, {"first name", "account name", "assigned user"}}, map[string]string{
		"salutationname": "prefix", "salutation name": "prefix", "emailaddressisoptedout": skip, "accountid": skip, "accountname": "company", "account name": "company",
		"addressstreet": "street", "addresscity": "city", "addressstate": "region", "addresspostalcode": "postcode", "addresscountry": "country",
		"address street": "street", "address city": "city", "address state": "region", "address postal code": "postcode", "address country": "country",
		"description": "about", "donotcall": "do_not_call", "do not call": "do_not_call", "accountrole": "role", "account title": "role", "title": "role",
	}},
}

// words are names of columns, by where they go: English, German, French, Spanish,
// Portuguese and Hindi, folded.
var words = map[string]string{
	"name":          "name|full name|fullname|contact name|contact|display name|person|customer|client|ansprechpartner|kontakt|vollstandiger name|nom complet|contact principal|nombre completo|cliente|contacto|nome|nome completo|contato|नाम|पूरा नाम",
	"first":         "first name|firstname|first|given name|forename|vorname|prenom|nombre|nombres|primeiro nome|nome proprio|पहला नाम|प्रथम नाम",
	"middle":        "middle name|middlename|additional name|zweiter vorname|deuxieme prenom|segundo nombre|nome do meio|मध्य नाम",
	"last":          "last name|lastname|last|surname|family name|familyname|nachname|familienname|zuname|nom|nom de famille|apellido|apellidos|sobrenome|apelido|ultimo nome|उपनाम|अंतिम नाम|कुलनाम",
	"prefix":        "name prefix|prefix|salutation|anrede|titel|civilite|tratamiento|tratamento",
	"suffix":        "name suffix|suffix",
	"phone":         "phone|phone number|phonenumber|telephone|telephone number|tel|tel.|mobile|mobile phone|mobile phone number|mobile number|cell|cell phone|cellphone|work phone|home phone|business phone|whatsapp|whatsapp number|whatsapp phone number|handy|handynummer|mobil|mobiltelefon|mobilnummer|telefon|telefonnummer|rufnummer|telefone|telemovel|celular|numero de telefone|telefono|telefono movil|movil|numero de telefono|portable|telephone portable|numero de telephone|fone|फोन|फ़ोन|फोन नंबर|मोबाइल|मोबाइल नंबर|दूरभाष",
	"email":         "email|e-mail|mail|email address|e-mail address|emailaddress|work email|email adresse|e-mail-adresse|e-mail adresse|mailadresse|courriel|adresse e-mail|adresse email|adresse mail|correo|correo electronico|endereco de e-mail|endereco de email|ईमेल|ई-मेल|ईमेल पता",
	"company":       "company|company name|organization|organisation|organization name|organisation name|account|account name|business|business name|employer|firm|firma|firmenname|unternehmen|arbeitgeber|societe|entreprise|nom de l'entreprise|empresa|compania|nome da empresa|organizacao|organizacion|कंपनी|संस्था|कम्पनी", //nolint:misspell // Spanish
	"role":          "job title|title|position|role|job|occupation|organization title|funktion|beruf|stelle|jobtitel|poste|fonction|cargo|puesto|funcao|पद|पदनाम",
	"street":        "street|street address|address|address line 1|address 1|mailing street|strasse|straße|adresse|anschrift|rue|direccion|calle|endereco|morada|rua|पता|गली",
	"city":          "city|town|mailing city|stadt|ort|wohnort|ville|ciudad|poblacion|cidade|localidade|शहर|नगर",
	"region":        "state|region|province|county|state/region|bundesland|kanton|departement|estado|provincia|distrito|uf|राज्य|प्रांत",
	"postcode":      "zip|zip code|zipcode|postal code|postcode|post code|plz|postleitzahl|code postal|codigo postal|cp|cep|पिन|पिन कोड|पिनकोड",
	"country":       "country|country/region|land|pays|pais|देश",
	"tags":          "tags|tag|labels|label|groups|categories|category|schlagworte|etiketten|gruppe|kategorie|etiquettes|categorie|etiquetas|categoria|grupos|टैग|श्रेणी",
	"about":         "notes|note|comments|comment|description|remarks|about|background|notizen|notiz|bemerkung|bemerkungen|kommentar|beschreibung|remarques|commentaire|commentaires|notas|nota|comentarios|observaciones|descripcion|observacoes|notas internas|descricao|टिप्पणी|नोट्स|विवरण", //nolint:misspell // Spanish
	"language":      "language|preferred language|sprache|langue|idioma|lingua|भाषा",
	"zone":          "time zone|timezone|zeitzone|fuseau horaire|zona horaria|fuso horario|समय क्षेत्र",
	"do_not_call":   "do not call|donotcall|dnc",
	"phone_label":   "phone label|phone type",
	"phone_code":    "phone country code|calling code",
	"email_label":   "e-mail label|email label|email type",
	"address_label": "address label|address type",
}

// byName are the words the other way round.
var byName = func() map[string]string {
	out := map[string]string{}
	for target, names := range words {
		for name := range strings.SplitSeq(names, "|") {
			out[plain(name)] = target
		}
	}
	return out
}()

// plain is a column's name as it is compared: folded, words apart.
func plain(name string) string {
	var b strings.Builder
	wide := false
	for _, r := range name {
		if r == '_' || r == '\u00a0' {
			r = ' '
		}
		wide = wide || unicode.IsMark(r)
		b.WriteRune(r)
	}
	folded := strings.Join(strings.Fields(store.Fold(b.String())), " ")
	return strings.Trim(strings.TrimSuffix(folded, ":"), "*\"' ")
}

// Known tells whether a text is the name of a column that is understood: what
// tells a header from a row.
func Known(name string) bool {
	target, _ := guessName(plain(name))
	return target != skip
}

// numberedName is "Phone 2 - Value", "E-mail 1 - Type", "Address 1 - City".
var numberedName = regexp.MustCompile(`^(phone|e-mail|email|address|organization|website|relation|event|custom field|im)(?: (\d+))? - (.+)$`)

// personName is "Person - Phone - Mobile".
var personName = regexp.MustCompile(`^person - (phone|email) - (\w+)$`)

// guessName tells where a column of that name goes, and the label of a number.
func guessName(name string) (target, label string) {
	if m := personName.FindStringSubmatch(name); m != nil {
		return m[1], m[2]
	}
	if m := numberedName.FindStringSubmatch(name); m != nil {
		return guessPart(m[1], m[3])
	}
	name = strings.TrimPrefix(name, "person - ")
	if target := byName[name]; target != skip {
		return target, labelOf(target, name)
	}
	// "Phone 2", "Mobile (work)", "phone_home"
	bare := strings.TrimSpace(strings.TrimRightFunc(strings.NewReplacer("(", " ", ")", " ").Replace(name), func(r rune) bool { return unicode.IsDigit(r) || r == ' ' || r == '#' || r == '.' }))
	bare = strings.Join(strings.Fields(bare), " ")
	if target := byName[bare]; target == "phone" || target == "email" {
		return target, labelOf(target, bare)
	}
	for _, kind := range []string{"phone", "email", "e-mail", "tel", "telefon", "telefone", "telephone", "mobile"} {
		first, rest, _ := strings.Cut(bare, " ")
		last := bare[strings.LastIndexByte(bare, ' ')+1:]
		if (first == kind || last == kind) && rest != "" && len(strings.Fields(bare)) == 2 {
			return byName[kind], labelOf(byName[kind], bare)
		}
	}
	return skip, ""
}

func guessPart(kind, part string) (target, label string) {
	switch kind {
	case "phone":
		return map[string]string{"value": "phone", "label": "phone_label", "type": "phone_label"}[part], ""
	case "e-mail", "email":
		return map[string]string{"value": "email", "label": "email_label", "type": "email_label"}[part], ""
	case "address":
		return map[string]string{
			"label": "address_label", "type": "address_label", "street": "street", "city": "city", "region": "region", "postal code": "postcode", "country": "country",
		}[part], ""
	case "organization":
		return map[string]string{"name": "company", "title": "role"}[part], ""
	}
	return skip, ""
}

// labelOf is what a name of a column says about the kind of number.
func labelOf(target, name string) string {
	if target != "phone" && target != "email" {
		return ""
	}
	for _, l := range []struct{ label, in string }{
		{"mobile", "mobile cell handy mobil movil celular telemovel portable whatsapp"}, {"work", "work business geschaftlich bureau trabalho trabajo"}, {"home", "home privat domicile casa"},
	} {
		for word := range strings.FieldsSeq(l.in) {
			if strings.Contains(name, word) {
				return l.label
			}
		}
	}
	return ""
}

// guess finds where the columns of a file go: by the product that it came from,
// and by their names. A column of the business's own fields is known by its name.
func guess(header []string, fields []store.Field) (preset string, columns []Column) {
	folded := make([]string, len(header))
	has := map[string]bool{}
	for i, name := range header {
		folded[i] = plain(name)
		has[folded[i]] = true
	}
	known := recognise(has)
	named := map[string]string{}
	for _, f := range fields {
		named[plain(f.Name)] = fieldTarget + f.ID
	}
	once := map[string]bool{}
	for i, name := range header {
		c := Column{Name: name}
		if target, ok := known.columns[folded[i]]; ok {
			c.Target = target
		} else if c.Target, c.Label = guessName(folded[i]); c.Target == skip {
			c.Target = named[folded[i]]
		}
		if c.Target != skip && grouped(c.Target) == "" && c.Target != "tags" {
			if once[c.Target] {
				c.Target = skip
			}
			once[c.Target] = true
		}
		columns = append(columns, c)
	}
	if once["first"] || once["last"] { // "Name" beside "First name" is the whole one, or the last
		settleName(columns, once)
	}
	regroup(columns)
	return known.id, columns
}

// settleName reads "Name, Vorname" and "Nom, Prénom": the name beside a first
// name and without a last one is the last.
func settleName(columns []Column, once map[string]bool) {
	for i := range columns {
		if columns[i].Target == "name" && once["first"] && !once["last"] && (plain(columns[i].Name) == "name" || plain(columns[i].Name) == "nome") {
			columns[i].Target = "last"
		}
	}
}

func recognise(has map[string]bool) preset {
	for _, p := range presets {
		for _, marks := range p.marks {
			all := true
			for _, m := range marks {
				all = all && has[m]
			}
			if all {
				return p
			}
		}
	}
	return preset{}
}

// PresetName is what the product is called whose export a file is; "" for none.
func PresetName(id string) string {
	for _, p := range presets {
		if p.id == id {
			return p.name
		}
	}
	return ""
}
