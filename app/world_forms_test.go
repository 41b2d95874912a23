package app_test

import (
	"net/http"
	"net/url"
	"strings"

	"stead/app/web"
)

// fill puts a record into the places of a route's address.
func (w *world) fill(route web.Route, rec record) (method, path string) {
	method, path, _ = strings.Cut(route.Pattern, " ")
	path = strings.TrimSuffix(path, "{$}")
	for place, kind := range w.kindsOf(route) {
		path = strings.ReplaceAll(path, place, rec.ids[kind])
	}
	return method, path
}

// sent are the forms that a route is sent, one after the other: enough that it
// looks for the record, and every way of searching.
func (w *world) sent(route web.Route, method string) (out []url.Values) {
	if method == http.MethodGet {
		return []url.Values{nil}
	}
	for _, typed := range forms[route.Pattern] {
		form := url.Values{}
		for name, value := range typed {
			form.Set(name, strings.NewReplacer("{me}", w.me.ID, "{stage}", w.pipeline).Replace(value))
		}
		out = append(out, form)
	}
	if out == nil {
		out = []url.Values{{}}
	}
	return out
}

type typed map[string]string

// forms are what is typed where an empty form would be refused before anybody
// looks whose record it is about, and where people are searched. What is
// searched for is typed in other signs than it is shown in, so that it is not
// found because it was typed.
var forms = map[string][]typed{
	"POST /products":                        {{"name": "Zq product", "currency": "EUR", "price": "5"}},
	"POST /products/{id}":                   {{"name": "Zq renamed", "currency": "EUR", "version": "1"}},
	"POST /deals/{id}/lines":                {{"item": "Zq thing", "act": "count"}, {"item": "Zq thing", "act": "save"}},
	"POST /deals/{id}/lines/totals":         {{"item": "Zq thing", "price": "5"}},
	"POST /reports/export":                  {{"form": "funnel"}, {"form": "results"}, {"form": "response"}},
	"POST /reports/rows/export":             {{"of": "flow", "stage": "zq"}, {"of": "closed"}, {"of": "replies", "key": "all", "period": "all"}},
	"POST /products/search":                 {{"q": "ZQ"}},
	"POST /products/find":                   {{"q": "ZQ", "currency": "EUR"}},
	"POST /settings/leads":                  {{"name": "Zq source", "kind": "form", "stage": "none"}},
	"POST /settings/leads/{id}":             {{"name": "Zq source", "assign": "nobody", "version": "1"}},
	"POST /settings/leads/{id}/test":        {{"sample": "{\"name\":\"Zq\"}"}},
	"POST /leads/{id}":                      {{"version": "1"}},
	"POST /leads/{id}/discard":              {{"version": "1"}},
	"POST /deals":                           {{"title": "Made"}},
	"POST /deals/bulk":                      {{"do": "owner", "all": "1"}, {"do": "tag", "new": "Zq tag", "all": "1", "apply": "yes"}},
	"POST /deals/people":                    {{"who": "zq"}, {"who": "zqstr"}, {"who": "503.623.0103"}},
	"POST /deals/companies":                 {{"firm": "zq"}, {"firm": "zqstr"}},
	"POST /deals/{id}":                      {{"title": "New title", "currency": "USD", "version": "1"}},
	"POST /deals/{id}/move":                 {{"stage": "{stage}"}},
	"POST /deals/{id}/owner":                {{"to": "{me}"}},
	"POST /deals/{id}/people":               {{"contact": "none"}},
	"POST /deals/{id}/people/{contact}":     {{"role": "Buys"}},
	"POST /deals/{id}/notes":                {{"body": "Noted"}},
	"POST /deals/{id}/notes/{note}":         {{"body": "Noted again", "version": "1"}},
	"POST /deals/{id}/notes/{note}/pin":     {{"pinned": "yes"}},
	"POST /settings/pipelines":              {{"name": "Zq pipeline", "currency": "EUR", "template": "sales"}},
	"POST /settings/pipelines/{id}":         {{"name": "Zq renamed", "currency": "EUR", "version": "1"}},
	"POST /settings/pipelines/{id}/stages":  {{"name": "Zq stage", "kind": "open", "probability": "5"}},
	"POST /settings/stages/{id}":            {{"name": "Zq stage", "kind": "open", "probability": "5", "version": "1"}},
	"POST /settings/reasons":                {{"kind": "lost", "reason": "Zq reason"}},
	"POST /settings/reasons/{id}":           {{"kind": "lost", "reason": "Zq other"}},
	"POST /contacts/export":                 {{"form": "csv"}, {"form": "vcard"}},
	"POST /companies/export":                {{"form": "csv"}},
	"POST /deals/export":                    {{"form": "csv"}},
	"POST /board/views":                     {{"do": "add", "field": "title", "op": "has", "value": "zq"}},
	"POST /imports/{id}/columns":            {{"column1": "name", "column2": "email", "country": "US", "header": "on", "delimiter": ",", "go": "on"}},
	"POST /imports/{id}/rules":              {{"basis": "contract", "mode": "add", "match": "both"}},
	"POST /contacts/{id}":                   {{"name": "New name", "version": "1"}},
	"POST /contacts/{id}/notes":             {{"body": "Noted"}},
	"POST /contacts/{id}/parts/{part}":      {{"name": "New name", "seen-name": "what it was"}},
	"POST /contacts/{id}/tags":              {{"add": "New tag"}},
	"POST /contacts/{id}/notes/{note}":      {{"body": "Noted again", "version": "1"}},
	"POST /contacts/{id}/notes/{note}/pin":  {{"pinned": "yes"}},
	"POST /search":                          {{"q": "zq"}, {"q": "zqstr"}, {"q": "503.623.0103"}, {"q": "zqstr", "kind": "person"}, {"q": "zqstr", "kind": "message"}},
	"POST /contacts/duplicates/merge":       {{"pair": "none other"}},
	"POST /contacts/merge":                  {{"kept": "none", "gone": "other"}},
	"POST /contacts/merge/picked":           {{"id": "none"}},
	"POST /contacts/new":                    {{"quick": "Zqstr"}, {"quick": "503.623.0102"}},
	"POST /contacts/{id}/owner":             {{"to": "{me}"}},
	"POST /companies":                       {{"name": "Zqstr"}, {"name": "Zqstrangér Firm 3"}},
	"POST /companies/search":                {{"q": "zq"}, {"q": "zqstr"}, {"q": "zqfre"}},
	"POST /companies/matches":               {{"name": "Zqstr"}, {"name": "Zqstrangér Firm 3"}},
	"POST /companies/{id}":                  {{"name": "New name", "version": "1"}},
	"POST /companies/{id}/notes":            {{"body": "Noted"}},
	"POST /companies/{id}/notes/{note}":     {{"body": "Noted again", "version": "1"}},
	"POST /companies/{id}/notes/{note}/pin": {{"pinned": "yes"}},
	"POST /companies/{id}/owner":            {{"to": "{me}"}},
	"POST /companies/{id}/people":           {{"contact": "none"}},
	"POST /companies/{id}/candidates":       {{"q": "zqstr"}, {"q": "503.623.0103"}},
	"POST /companies/{id}/merge":            {{"q": "zq"}, {"q": "zqstr"}},
	"POST /inbox/{id}/messages":             {{"body": "Hello", "key": "0193b000-0000-7000-8000-00000000000f"}},
	"POST /inbox/{id}/owner":                {{"to": "{me}"}},
	"POST /tasks/{id}":                      {{"title": "New title", "date": "2026-12-01", "owner": "{me}", "version": "1"}},
	"POST /tasks":                           {{"title": "To do", "date": "2026-12-01", "owner": "{me}"}},
	"POST /tasks/quick":                     {{"line": "To do tomorrow"}},
	"POST /tasks/{id}/snooze":               {{"until": "tomorrow"}},
	"POST /contacts/matches": {
		{"name": "Zq"},
		{"name": "Zqstr"},
		{"name": "Zqfre"},
		{"phone1": "503.623.0102"},
		{"phone1": "503.624.0104"},
		{"email1": "MAIL-Stranger3@CANARY.example"},
	},
	"POST /contacts":             {{"name": "Zqstr"}, {"name": "Made", "phone1": "503.623.0103"}},
	"POST /privacy/people":       {{"q": "zq"}, {"q": "zqstr"}, {"q": "503.623.0103"}, {"q": "0103"}},
	"POST /privacy/audit/people": {{"q": "zq"}, {"q": "zqstr"}, {"q": "503.623.0103"}},
}

// queries are the ways in which a page is asked: a list is searched, too.
func (w *world) queries(route web.Route) []string {
	switch {
	case route.Pattern == "GET /tasks":
		return []string{"", "?which=team", "?which=free", "?which=done"}
	case route.Pattern == "GET /deals":
		return []string{"", "?show=list&status=all", "?show=forecast", "?show=list&add=field", "?who=" + w.stranger.ID}
	case route.Pattern == "GET /contacts":
		return []string{"", "?q=zq", "?q=zqstr&who=" + w.stranger.ID, "?who=" + w.stranger.ID, "?sort=activity"}
	case strings.HasPrefix(route.Pattern, "GET /inbox"):
		return []string{"", "?view=all", "?view=done", "?who=" + w.stranger.ID, "?who=" + w.mate.ID}
	}
	return []string{""}
}
