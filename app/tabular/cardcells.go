package tabular

import (
	"strings"
)

// cells are the columns that a card becomes; of what there are several, the
// values stand in one cell, one as often as its labels.
func (p *properties) cells() []string {
	all := p.read()
	labels := map[string]string{} // of a group, in words of its owner
	for _, q := range all {
		if q.name == "X-ABLABEL" && q.group != "" {
			labels[q.group] = strings.TrimSuffix(strings.TrimPrefix(q.plain(), "_$!<"), ">!$_")
		}
	}
	out := make([]string, cardColumns)
	var addresses int
	for _, q := range all {
		label := q.label()
		if own := labels[q.group]; q.group != "" && own != "" {
			label = strings.ToLower(own)
		}
		switch q.name {
		case "TEL":
			add(out, colPhone, colPhoneLabel, strings.TrimPrefix(strings.TrimPrefix(q.plain(), "tel:"), "TEL:"), label)
		case "EMAIL":
			add(out, colEmail, colEmailLabel, q.plain(), label)
		case "ADR":
			if address(out, q, label, addresses) {
				addresses++
			}
		default:
			single(out, q)
		}
	}
	return out
}

// add puts another value, with its label, beside those that stand there.
func add(out []string, value, label int, text, named string) {
	if text == "" {
		return
	}
	if out[value] != "" {
		out[value] += Between
		out[label] += Between
	}
	out[value] += text
	out[label] += named
}

func address(out []string, q property, label string, nth int) bool {
	parts := append(q.split(';'), make([]string, 7)...)
	var street []string
	for _, line := range []string{parts[2], parts[1], parts[0]} { // the street, the flat, the box
		if line != "" {
			street = append(street, line)
		}
	}
	values := map[int]string{
		colAddressLabel: label, colStreet: strings.Join(street, "\n"), colCity: parts[3],
		colRegion: parts[4], colPostcode: parts[5], colCountry: parts[6],
	}
	if values[colStreet]+parts[3]+parts[4]+parts[5]+parts[6] == "" {
		return false
	}
	for column, text := range values {
		if nth > 0 {
			out[column] += Between
		}
		out[column] += text
	}
	return true
}

// single sets what a card has once; the first counts.
func single(out []string, q property) {
	set := func(column int, text string) {
		if out[column] == "" {
			out[column] = text
		}
	}
	switch q.name {
	case "FN":
		set(colFull, q.plain())
	case "N":
		parts := append(q.split(';'), make([]string, 5)...)
		for i, column := range []int{colLast, colFirst, colMiddle, colPrefix, colSuffix} {
			set(column, parts[i])
		}
	case "ORG":
		set(colCompany, q.split(';')[0])
	case "TITLE", "ROLE":
		set(colRole, q.plain())
	case "NOTE":
		set(colNotes, q.plain())
	case "LANG":
		set(colLanguage, q.plain())
	case "TZ":
		set(colZone, q.plain())
	case "CATEGORIES":
		var tags []string
		for _, t := range q.split(',') {
			if t != "" {
				tags = append(tags, t)
			}
		}
		set(colTags, strings.Join(tags, Between))
	case "BDAY":
		set(colBirthday, q.plain())
	case "URL":
		set(colWebsite, q.plain())
	}
}
