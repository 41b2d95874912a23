package app

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"stead/app/access"
	"stead/app/activity"
	"stead/app/backup"
	"stead/app/board"
	"stead/app/bulk"
	"stead/app/calendar"
	"stead/app/calls"
	"stead/app/companies"
	"stead/app/contacts"
	"stead/app/deals"
	"stead/app/duplicates"
	"stead/app/exports"
	"stead/app/fields"
	"stead/app/files"
	"stead/app/history"
	"stead/app/imports"
	"stead/app/inbound"
	"stead/app/inbox"
	"stead/app/jobs"
	"stead/app/leads"
	"stead/app/mail"
	"stead/app/notices"
	"stead/app/outbound"
	"stead/app/pipelines"
	"stead/app/port"
	"stead/app/privacy"
	"stead/app/products"
	"stead/app/provider/oidc"
	"stead/app/provider/resend"
	"stead/app/provider/smtp"
	"stead/app/provider/twilio"
	"stead/app/reports"
	"stead/app/roles"
	"stead/app/search"
	"stead/app/settings"
	"stead/app/simulator"
	"stead/app/tasks"
	"stead/app/team"
	"stead/app/today"
	"stead/app/vault"
	"stead/app/web"
	"stead/app/work"
	"stead/assets"
	"stead/store"
	filed "stead/views/files"
	"stead/views/ui"
)

// capabilities are the parts of the product that a person would name.
type capabilities struct {
	Team      *team.Service
	Roles     *roles.Service
	Contacts  *contacts.Service
	Fields    *fields.Service
	Pipelines *pipelines.Service
	Products  *products.Service
	Reports   *reports.Service
	Deals     *deals.Service
	Board     *board.Service
	Leads     *leads.Service

	Companies  *companies.Service
	Inbox      *inbox.Service
	Calls      *calls.Service
	Today      *today.Service
	Tasks      *tasks.Service
	Notices    *notices.Service
	Calendar   *calendar.Service
	Settings   *settings.Service
	Privacy    *privacy.Service
	Backup     *backup.Service
	Activity   *activity.Service
	Duplicates *duplicates.Service
	Bulk       *bulk.Service
	Search     *search.Service
	History    *history.Service
	Files      *files.Service
	Exports    *exports.Service
	Imports    *imports.Service
	Mail       *mail.Service
	Inbound    *inbound.Service
	Twilio     *twilio.Provider
	Identity   *oidc.Provider

	Simulator *simulator.Service // in a demonstration; else nil
}

// wire constructs every capability and hands it to the router. Whoever needs
// another stands below it.
func (a *App) wire() {
	a.sessions = web.NewSessions(a.Store, strings.HasPrefix(a.cfg.URL, "https://"), a.now, a.log)
	a.work = work.New(work.Deps{Store: a.Store, Now: a.now, NewID: a.newID, Log: a.log, Pace: work.NewPace(a.now)})
	a.live = web.NewLive(a.Store, a.sessions, topicsOf, a.hears)
	mayCall := a.wireIdentity()
	a.Team = team.New(team.Deps{
		Store: a.Store, Sessions: a.sessions, Vault: a.vault, KeyFile: a.cfg.KeyFile, URL: a.cfg.URL,
		Now: a.now, NewID: a.newID, Log: a.log, Identity: a.Identity,
		MailReady: func(ctx context.Context) bool { return a.Mail.Ready(ctx) },
		Begin: func(ctx context.Context, tx *store.Tx, currency string, at int64) error {
			return a.Pipelines.Begin(ctx, tx, currency, at)
		},
	})
	a.Roles = roles.New(roles.Deps{Store: a.Store, Now: a.now, NewID: a.newID, Pages: a.Routes, Say: a.sessions.Say})
	a.Fields = fields.New(fields.Deps{
		Store: a.Store, Work: a.work, Now: a.now, NewID: a.newID, Currencies: currencies(), Say: a.sessions.Say,
	})
	a.Pipelines = pipelines.New(pipelines.Deps{
		Store: a.Store, Now: a.now, NewID: a.newID, Currencies: currencies(), Say: a.sessions.Say,
	})
	a.wireDeals()
	a.Board = board.New(board.Deps{Store: a.Store, Now: a.now, NewID: a.newID, Say: a.sessions.Say, Log: a.log})
	a.Reports = reports.New(reports.Deps{Store: a.Store, Now: a.now, NewID: a.newID, Log: a.log})
	a.Products = products.New(products.Deps{
		Store: a.Store, Now: a.now, NewID: a.newID, Currencies: currencies(), Say: a.sessions.Say,
	})
	a.wireMail()
	a.wireTalk(mayCall)
	a.wireRecords()
	a.wireLeads()
	if a.demo != nil {
		a.wireDemo()
	}
	a.wireRoutes()
}

// wireIdentity builds what speaks to identity providers, and returns what tells
// whether it speaks to one at all. Their answers are short.
func (a *App) wireIdentity() (mayCall func(address string) bool) {
	client := outbound.New(outbound.Config{
		Store: a.Store, Now: a.now, NewID: a.newID, Log: a.log, Allow: a.cfg.Private, Timeout: 10 * time.Second, MaxBody: 1 << 20,
	})
	a.Identity = oidc.New(oidc.Config{HTTP: client, Secrets: a.vault, Now: a.now})
	return client.Permits
}

// wireMail builds what writes to the people of the business. Its reaction is
// there before anything is written.
func (a *App) wireMail() {
	client := outbound.New(outbound.Config{
		Store: a.Store, Now: a.now, NewID: a.newID, Log: a.log, Allow: append([]string{a.cfg.ResendURL}, a.cfg.Private...), MaxBody: 1 << 20,
	})
	a.Mail = mail.New(mail.Deps{
		Store: a.Store, Vault: a.vault, Links: a.Team, Now: a.now, NewID: a.newID, Log: a.log, URL: a.cfg.URL, Say: a.sessions.Say,
		Leads: func() mail.Leads { return a.Leads },
		Mailers: map[string]port.Mailer{
			smtp.Name:   smtp.New(smtp.Config{Dialer: client, Secrets: a.vault, Host: greetingName(a.cfg.URL), Named: a.cfg.Private, Now: a.now}),
			resend.Name: resend.New(resend.Config{BaseURL: a.cfg.ResendURL, HTTP: client, Secrets: a.vault, Now: a.now}),
		},
	})
	a.Store.React(a.Mail.React)
}

// greetingName is what we call ourselves to a mail server: the name in our own address.
func greetingName(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	return u.Hostname()
}

// wireTalk connects what comes in, what it means, and what goes out.
func (a *App) wireTalk(mayCall func(address string) bool) {
	accounts := settings.Accounts{Store: a.Store, Provider: twilio.Name}
	a.Twilio = twilio.New(twilio.Config{
		BaseURL: a.cfg.TwilioURL, PublicURL: a.cfg.HookURL(), Secrets: a.vault, Accounts: accounts, Now: a.now, NewID: a.newID,
		HTTP: outbound.New(outbound.Config{Store: a.Store, Now: a.now, NewID: a.newID, Log: a.log, Allow: []string{a.cfg.TwilioURL, a.cfg.HookURL()}}),
	})
	a.Inbox = inbox.New(inbox.Deps{
		Store: a.Store, Vault: a.vault, Now: a.now, NewID: a.newID, Log: a.log, Say: a.sessions.Say,
		Messengers: map[string]port.Messenger{twilio.Name: a.Twilio},
		StatusURL:  func(provider string) string { return a.cfg.HookURL() + "/hooks/" + provider + "/status" },
	})
	a.Calls = calls.New(calls.Deps{Store: a.Store, Vault: a.vault, Texter: a.Inbox, Now: a.now, NewID: a.newID, Log: a.log})
	a.Inbound = inbound.New(inbound.Deps{
		Store: a.Store, Vault: a.vault, Now: a.now, NewID: a.newID, Log: a.log, URL: a.cfg.HookURL(),
		Providers: []inbound.Provider{{Source: a.Twilio, History: a.Twilio}},
		OnText:    a.Inbox.ReceiveText, OnCall: a.Calls.Step, OnStatus: a.Inbox.MergeStatus,
	})
	a.stops = append(a.stops, func(context.Context) error { a.Inbound.Close(); return nil })
	a.Settings = settings.New(settings.Deps{
		Store: a.Store, Vault: a.vault, Checker: a.Twilio, Tester: a.Twilio, Now: a.now, NewID: a.newID, URL: a.cfg.URL, HookURL: a.cfg.HookURL(),
		Places: places, CatchUp: a.resume, Say: a.sessions.Say, Identity: a.Identity, MayCall: mayCall,
	})
}

// wireRecords builds what keeps and shows people's data.
func (a *App) wireRecords() {
	a.Contacts = contacts.New(contacts.Deps{
		Store: a.Store, Restrictions: restrictions{a.vault}, Say: a.sessions.Say, Now: a.now, NewID: a.newID, Log: a.log,
		AddressHash: func(key string) (string, error) { return a.vault.TryHash("sms", key) },
		Files: func(ctx context.Context, actor access.Actor, c store.Contact) (ui.Component, error) {
			panel, err := a.Files.Panel(ctx, actor, files.On{Contact: c.ID})
			return filed.Files(panel), err
		},
	})
	a.stops = append(a.stops, a.Contacts.Close)
	a.Notices = notices.New(notices.Deps{Store: a.Store, Now: a.now, NewID: a.newID, Log: a.log})
	a.Store.React(a.Notices.React)
	a.Tasks = tasks.New(tasks.Deps{
		Store: a.Store, Persons: a.persons, Say: a.sessions.Say, Now: a.now, NewID: a.newID, Log: a.log,
	})
	a.Calendar = calendar.New(calendar.Deps{Store: a.Store, Now: a.now, NewID: a.newID, URL: a.cfg.URL, Say: a.sessions.Say})
	a.Contacts.Finish = a.Tasks.FinishTaskOf
	a.Contacts.Deals, a.Inbox.Deals = a.Deals.ContactPanel, a.Deals.ThreadPanel
	a.Contacts.ToDo = func(ctx context.Context, actor access.Actor, c store.Contact) (ui.Component, error) {
		return a.Tasks.Panel(ctx, actor, c.ID, "")
	}
	a.Today = today.New(today.Deps{
		Store: a.Store, Tasks: a.Contacts, Now: a.now,
		News: func(ctx context.Context, actor access.Actor, clock ui.Clock, limit int) (ui.Component, int, error) {
			return a.Notices.Fresh(ctx, actor, clock, limit, store.NoticeTaskDue, store.NoticeMention, store.NoticeTaskAssigned)
		},
	})
	a.wireKeeping()
	a.wireCompanies()
	a.wireSearch()
	a.wireImports()
}

// wireKeeping builds what keeps data for long, hands it out and destroys it.
func (a *App) wireKeeping() {
	a.Files = files.New(files.Deps{
		Store: a.Store, Blobs: a.files, Seen: a.Contacts.Seen, Say: a.sessions.Say, Now: a.now, NewID: a.newID, Log: a.log,
	})
	a.Exports = exports.New(exports.Deps{
		Store: a.Store, Blobs: a.files, Vault: a.vault, Work: a.work, Restrictions: restrictions{a.vault}, Say: a.sessions.Say,
		Now: a.now, NewID: a.newID, Log: a.log,
	})
	a.Store.React(a.Exports.React)
	a.Activity = activity.New(activity.Deps{Store: a.Store, Now: a.now})
	a.History = history.New(history.Deps{
		Store: a.Store, Work: a.work, Say: a.sessions.Say, Now: a.now, NewID: a.newID, Log: a.log,
	})
	a.Backup = backup.New(backup.Deps{
		Store: a.Store, Ledger: a.ledger, Vault: a.vault, Dir: a.cfg.Data, Version: a.version, Now: a.now, Log: a.log,
	})
	a.Privacy = privacy.New(privacy.Deps{
		Store: a.Store, Ledger: a.ledger, Vault: a.vault, Dir: a.cfg.Data, Blobs: a.files, Now: a.now, NewID: a.newID, Log: a.log,
		Erasers: map[string]port.Eraser{twilio.Name: a.Twilio}, Backups: a.Backup, Copies: a.copies(),
		Seen: a.Contacts.Seen, Say: a.sessions.Say,
		LookUp: func(ctx context.Context, messageID string) error {
			return a.Inbox.LookUp(ctx, inbox.LookUpText{Message: messageID})
		},
	})
	a.Team.Purger = a.Privacy
}

// wireCompanies builds what is about companies, and about many contacts at once.
func (a *App) wireCompanies() {
	a.Companies = companies.New(companies.Deps{
		Store: a.Store, Work: a.work, Now: a.now, NewID: a.newID, Say: a.sessions.Say,
		Panels: []companies.Panel{
			a.Deals.CompanyPanel,
			func(ctx context.Context, actor access.Actor, id string) (ui.Component, error) {
				return a.Tasks.Panel(ctx, actor, "", id)
			},
			func(ctx context.Context, actor access.Actor, id string) (ui.Component, error) {
				panel, err := a.Files.Panel(ctx, actor, files.On{Company: id})
				return filed.Files(panel), err
			},
		},
	})
	a.Store.React(a.Companies.React)
	a.Store.React(a.Fields.React)
	a.Duplicates = duplicates.New(duplicates.Deps{
		Store: a.Store, Work: a.work, Restrictions: restrictions{a.vault}, Say: a.sessions.Say, Now: a.now, NewID: a.newID,
	})
	a.Store.React(a.Duplicates.React)
	a.Bulk = bulk.New(bulk.Deps{Store: a.Store, Work: a.work, Say: a.sessions.Say, Now: a.now, NewID: a.newID})
	a.Store.React(a.Bulk.React)
}

// wireLeads builds what takes in whoever asks for something.
func (a *App) wireLeads() {
	a.Leads = leads.New(leads.Deps{
		Store: a.Store, Vault: a.vault, Now: a.now, NewID: a.newID, Log: a.log, URL: a.cfg.URL, Say: a.sessions.Say,
		MailReady: a.Mail.Ready, Forgotten: a.forgotten,
		Lines: func(ctx context.Context) ([]store.Line, error) { return a.Store.Lines(ctx, twilio.Name) },
		Deals: func(ctx context.Context, o leads.Opening) (leads.Open, error) {
			in, err := a.Deals.Incoming(ctx, deals.Draft{
				Title: o.Title, PipelineID: o.PipelineID, StageID: o.StageID, Amount: o.Amount, Currency: o.Currency, Closes: o.Closes,
				Source: o.Source, SourceID: o.SourceID, Tags: o.Tags, Fields: o.Fields,
			})
			if err != nil {
				return nil, err
			}
			return func(ctx context.Context, tx *store.Tx, p leads.Party) (string, error) {
				return in.Open(ctx, tx, deals.Party(p), o.Strict)
			}, nil
		},
	})
	a.Store.React(a.Leads.React)
}

// forgotten is the subject under which the ledger keeps that a number or an address
// was erased.
func (a *App) forgotten(key string) (string, error) {
	peer, err := a.vault.TryHash("peer", key)
	if err != nil {
		return "", err
	}
	return a.vault.TryHash(store.LedgerPeer, peer)
}

// wireImports builds what brings people in from files.
func (a *App) wireImports() {
	var countries []imports.Country
	for _, c := range places().Countries {
		if c.Value != "" {
			countries = append(countries, imports.Country{Code: c.Value, Name: c.Label})
		}
	}
	a.Imports = imports.New(imports.Deps{
		Store: a.Store, Files: a.files, Work: a.work, Say: a.sessions.Say, Now: a.now, NewID: a.newID, Log: a.log,
		Countries: func() []imports.Country { return countries },
		Forgotten: a.forgotten,
	})
	a.stops = append(a.stops, func(context.Context) error { a.Imports.Close(); return nil })
}

func (a *App) wireRoutes() {
	a.pages, a.hooks, a.strangers = web.NewRouter(a.log), web.NewRouter(a.log), web.NewRouter(a.log)
	a.routes(a.pages)
	a.Team.Routes(a.pages)
	a.Roles.Routes(a.pages)
	a.Today.Routes(a.pages)
	a.Tasks.Routes(a.pages)
	a.Notices.Routes(a.pages)
	a.Calendar.Routes(a.pages)
	a.Inbox.Routes(a.pages)
	a.Contacts.Routes(a.pages)
	a.Duplicates.Routes(a.pages)
	a.Bulk.Routes(a.pages)
	a.Search.Routes(a.pages)
	a.Settings.Routes(a.pages)
	a.Fields.Routes(a.pages)
	a.Pipelines.Routes(a.pages)
	a.Deals.Routes(a.pages)
	a.Board.Routes(a.pages)
	a.Products.Routes(a.pages)
	a.Reports.Routes(a.pages)
	a.Deals.LineRoutes(a.pages)
	a.Companies.Routes(a.pages)
	a.Privacy.Routes(a.pages)
	a.Activity.Routes(a.pages)
	a.History.Routes(a.pages)
	a.Files.Routes(a.pages)
	a.Exports.Routes(a.pages)
	a.Imports.Routes(a.pages)
	a.Mail.Routes(a.pages)
	a.Leads.Routes(a.pages)
	a.Leads.Open(a.strangers)
	if a.Simulator != nil {
		a.Simulator.Routes(a.pages)
	}
	a.Inbound.Routes(a.hooks)
	a.handler = paced(a.work.Pace, web.Chain(web.Options{
		Log: a.log, Now: a.now, NewID: a.newID, URL: a.cfg.URL, Trusted: a.cfg.Trusted,
		Sessions: a.sessions, Shell: a.shell, Open: a.strangers, Assets: assets.Handler(), AssetsAt: assets.Prefix,
	}, a.pages, a.hooks))
}

// Start begins what runs beside the requests: jobs, queues, write-behind. What
// the last process left half done is looked at before any job runs.
func (a *App) Start(ctx context.Context) error {
	a.beside(ctx, a.sessions.Run)
	if err := errors.Join(outbound.Recover(ctx, a.Store, a.now()), a.Inbox.Recover(ctx), a.Mail.Recover(ctx)); err != nil {
		return err
	}
	if _, err := a.files.Tidy(ctx, true); err != nil {
		return err
	}
	stop, err := a.Store.StartJobs(context.WithoutCancel(ctx), a.workers().Store(), a.periodic()...)
	if err != nil {
		return err
	}
	a.stops = append(a.stops, stop)
	a.Inbound.Start() //nolint:contextcheck // it ends with Close
	a.beside(ctx, a.resuming)
	a.beside(ctx, a.reminding)
	a.beside(ctx, rest)
	a.vault.OnUnlock(a.resume)
	a.resume()
	return nil
}

// workers lists every job and what does it.
func (a *App) workers() *jobs.Workers {
	w := jobs.New(a.log)
	jobs.Register(w, a.Inbox.Send)
	jobs.Register(w, a.Inbox.LookUp)
	jobs.Register(w, a.Calls.Settle)
	jobs.Register(w, a.Mail.Send)
	jobs.Register(w, a.Leads.Missed)
	a.work.Jobs(w)
	a.Privacy.Jobs(w)
	a.Files.Jobs(w)
	a.Team.Jobs(w)
	return w
}

// periodic lists the jobs that come back by the clock.
func (a *App) periodic() []store.Periodic {
	return slices.Concat(a.Privacy.Periodic(), a.Team.Periodic(), a.Files.Periodic())
}

// resume has everything that waits go on, soon: after a start, when the vault
// was opened, when a provider was connected.
func (a *App) resume() {
	select {
	case a.again <- struct{}{}:
	default: // it is about to happen
	}
}

// Resumed is closed once the start has put on its way what waited before it.
func (a *App) Resumed() <-chan struct{} { return a.resumed }

func (a *App) resuming(ctx context.Context) {
	minute := time.NewTicker(time.Minute)
	defer minute.Stop()
	first := sync.OnceFunc(func() { close(a.resumed) })
	goOn(ctx, a.again, minute.C, time.Second, func(ctx context.Context, woken bool) error {
		defer first()
		if a.vault.Locked() {
			return nil // it is woken when the vault opens
		}
		err := errors.Join(a.Inbox.Unstick(ctx), a.Mail.Unstick(ctx), a.Leads.Resume(ctx))
		if woken {
			err = errors.Join(err, a.Inbox.Resume(ctx), a.Mail.Resume(ctx), a.Privacy.Resume(ctx), a.work.Resume(ctx))
			a.Inbound.Resume()
		}
		if err != nil && ctx.Err() == nil {
			a.log.ErrorContext(ctx, "not everything goes on", "err", err)
		}
		return err
	})
}

// remindsEvery is how late a reminder may be.
const remindsEvery = 10 * time.Second

// reminding has reminders and mails of the day leave at their time. When there
// are none it only reads.
func (a *App) reminding(ctx context.Context) {
	tick := time.NewTicker(remindsEvery)
	defer tick.Stop()
	goOn(ctx, nil, tick.C, time.Second, func(ctx context.Context, _ bool) error {
		err := errors.Join(a.Tasks.Remind(ctx), a.Notices.Digest(ctx))
		if err != nil && ctx.Err() == nil {
			a.log.ErrorContext(ctx, "not every reminder leaves", "err", err)
		}
		return err
	})
}

// goOn calls do whenever something wakes it and, with woken false, at each
// tick. A wake-up that failed is not lost: do is called again, after pause and
// then after ever longer pauses of at most a minute, until it succeeds.
func goOn(ctx context.Context, wake <-chan struct{}, tick <-chan time.Time, pause time.Duration, do func(ctx context.Context, woken bool) error) {
	var retry <-chan time.Time
	wait := pause
	for {
		woken := true
		select {
		case <-ctx.Done():
			return
		case <-wake:
		case <-retry:
		case <-tick:
			woken = false
		}
		err := do(ctx, woken)
		switch {
		case !woken:
		case err == nil:
			retry, wait = nil, pause
		default:
			retry, wait = time.After(wait), min(2*wait, time.Minute)
		}
	}
}

// copies is what the page of backups does, by the capability that makes them.
func (a *App) copies() privacy.Copies {
	return privacy.Copies{
		List: func(ctx context.Context, actor access.Actor) ([]privacy.Copy, error) {
			list, err := a.Backup.List(ctx, actor)
			out := make([]privacy.Copy, len(list))
			for i, b := range list {
				out[i] = privacy.Copy{Name: b.Name, Size: b.Size, MadeAt: b.MadeAt, Until: b.Until}
			}
			return out, err
		},
		Make: func(ctx context.Context, actor access.Actor) error {
			_, err := a.Backup.Create(ctx, actor, "")
			return err
		},
		Check: func(ctx context.Context, actor access.Actor, name string) (rows int64, err error) {
			v, err := a.Backup.Verify(ctx, actor, name)
			for _, n := range v.Counts {
				rows += n
			}
			return rows, err
		},
	}
}

// currencies are those in which amounts of the business's own fields may be.
func currencies() []string {
	_, all, _ := team.Places()
	var out []string
	for _, c := range all {
		if c.Value != "" {
			out = append(out, c.Value)
		}
	}
	return out
}

func places() settings.Places {
	countries, currencies, zones := team.Places()
	return settings.Places{Countries: countries, Currencies: currencies, Zones: zones}
}

// restrictions writes into the erasure ledger what must outlive a backup.
type restrictions struct{ vault *vault.Vault }

// NoteRestriction notes that a person's data may only be kept, or used again.
func (r restrictions) NoteRestriction(ctx context.Context, tx *store.Tx, contactID string, restricted bool, at int64) error {
	subject, err := r.vault.TryHash(store.LedgerPerson, contactID)
	if err != nil {
		return err
	}
	act := store.LedgerUnrestrict
	if restricted {
		act = store.LedgerRestrict
	}
	return tx.LedgerNote(ctx, act, subject, at)
}

// beside runs fn until Close and waits for it there.
func (a *App) beside(ctx context.Context, fn func(context.Context)) {
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	done := make(chan struct{})
	go func() {
		defer close(done)
		fn(ctx)
	}()
	a.stops = append(a.stops, func(context.Context) error {
		cancel()
		<-done
		return nil
	})
}

// shell is what surrounds every page of somebody who is signed in.
func (a *App) shell(ctx context.Context, r *http.Request) ui.Shell {
	s, actor := ui.Shell{Demo: a.demo != nil}, web.Actor(r)
	if f, err := a.Store.Frame(ctx, store.FrameOf{
		User: actor.ID, Inbox: access.Scope(actor, access.InboxRead), Tasks: access.Scope(actor, access.TasksWrite),
		Leads: actor.Has(access.LeadsRead), At: a.now().UnixMilli(),
	}); err == nil {
		s.Business, s.Unread, s.Tasks, s.Leads, s.Notices = f.Business, int(f.Unread), int(f.Tasks), int(f.Leads), int(f.Notices)
	}
	if a.vault.Locked() {
		s.Banner, s.Remedy = a.vault.Status().Message, "/unlock"
	}
	s.ClosesOn = a.Team.ClosesOn(ctx)
	return s
}
