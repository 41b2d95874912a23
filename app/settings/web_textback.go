package settings

import (
	"context"
	"net/http"
	"strconv"

	"stead/app/errs"
	"stead/app/sms"
	"stead/app/web"
	"stead/store"
	view "stead/views/settings"
	"stead/views/ui"
)

var textBackOrder = []string{"body_open", "body_closed", "cooldown_hours", "thread_minutes", "daily_cap", "ring_seconds"}

// typedTextBack is the form as it was typed.
type typedTextBack map[string]string

func (s *Service) showTextBack(w http.ResponseWriter, r *http.Request) error {
	return s.renderTextBack(w, r, "")
}

func (s *Service) renderTextBack(w http.ResponseWriter, r *http.Request, done string) error {
	if err := mayRead(web.Actor(r)); err != nil {
		return err
	}
	in, err := s.Store.TextBack(r.Context())
	if err != nil {
		return err
	}
	page, err := s.textBackView(r.Context(), typedOf(in), nil)
	if err != nil {
		return err
	}
	page.Done = done
	return render(w, r, http.StatusOK, "Text-back", web.View{Body: view.TextBackPage(page)}, web.View{Body: view.TextBackForm(page)})
}

func (s *Service) saveTextBack(w http.ResponseWriter, r *http.Request) error {
	typed := readTextBack(r)
	err := s.SaveTextBack(r.Context(), web.Actor(r), typed.setting())
	if errs.KindOf(err) == errs.Invalid {
		page, errView := s.textBackView(r.Context(), typed, errs.Fields(err))
		if errView != nil {
			return errView
		}
		return render(w, r, http.StatusUnprocessableEntity, "Text-back", web.View{Body: view.TextBackPage(page)}, web.View{Body: view.TextBackForm(page)})
	}
	if err != nil {
		return err
	}
	return s.accepted(w, r, "/settings/text-back", "The text-back was saved.", func() error {
		return s.renderTextBack(w, r, "The text-back was saved.")
	})
}

// previewTextBack shows what is typed as the caller would get it, unsaved.
func (s *Service) previewTextBack(w http.ResponseWriter, r *http.Request) error {
	page, err := s.textBackView(r.Context(), readTextBack(r), nil)
	if err != nil {
		return err
	}
	return render(w, r, http.StatusOK, "Text-back", web.View{Body: view.TextBackPage(page)}, web.View{Body: view.Previews(page.Previews)})
}

func readTextBack(r *http.Request) typedTextBack {
	typed := typedTextBack{"enabled": r.PostFormValue("enabled")}
	for _, field := range textBackOrder {
		typed[field] = r.PostFormValue(field)
	}
	return typed
}

func typedOf(in store.TextBack) typedTextBack {
	typed := typedTextBack{
		"body_open": in.BodyOpen, "body_closed": in.BodyClosed, "cooldown_hours": strconv.Itoa(in.CooldownHours),
		"thread_minutes": strconv.Itoa(in.ThreadMinutes), "daily_cap": strconv.Itoa(in.DailyCap), "ring_seconds": strconv.Itoa(in.RingSeconds),
	}
	if in.Enabled {
		typed["enabled"] = "on"
	}
	return typed
}

// setting reads the form; what is no number is out of every range.
func (t typedTextBack) setting() store.TextBack {
	number := func(field string) int {
		n, err := strconv.Atoi(t[field])
		if err != nil {
			return -1
		}
		return n
	}
	return store.TextBack{
		Enabled: t["enabled"] == "on", BodyOpen: t["body_open"], BodyClosed: t["body_closed"], CooldownHours: number("cooldown_hours"),
		ThreadMinutes: number("thread_minutes"), DailyCap: number("daily_cap"), RingSeconds: number("ring_seconds"),
	}
}

// textBackView is the only place that knows both the setting and its page.
func (s *Service) textBackView(ctx context.Context, typed typedTextBack, fields map[string]string) (view.TextBack, error) {
	business, err := s.Store.Business(ctx)
	if err != nil {
		return view.TextBack{}, err
	}
	input := func(name, label, hint string) ui.Input {
		return ui.Input{Name: name, Label: label, Hint: hint, Value: typed[name], Problem: fields[name], Required: true}
	}
	count := func(name, label, hint string) ui.Input {
		in := input(name, label, hint)
		in.Mode, in.Autocomplete = "numeric", "off"
		return in
	}
	page := view.TextBack{
		Enabled:  ui.Input{Name: "enabled", Label: "Answer missed calls with a text", Value: typed["enabled"]},
		Open:     input("body_open", "While you are open", "{business} becomes the name of your business."),
		Closed:   input("body_closed", "While you are closed", "Say when you will answer."),
		Cooldown: count("cooldown_hours", "Hours between two texts to the same caller", "1 to 720"),
		Thread:   count("thread_minutes", "Minutes after your last answer in which no text goes", "0 to 1440"),
		Cap:      count("daily_cap", "Most such texts a day", "1 to 10,000"),
		Ring:     count("ring_seconds", "Seconds that your phones ring", "5 to 60. Above 20 a mobile's own mailbox may answer, and the call counts as answered."),
		Problems: problems(fields, textBackOrder...),
	}
	for _, p := range [][2]string{{"body_open", "While you are open"}, {"body_closed", "While you are closed"}} {
		page.Previews = append(page.Previews, preview(ctx, p[1], Wording(typed[p[0]], business.Name)))
	}
	return page, nil
}

func preview(ctx context.Context, title, text string) view.Preview {
	parts, unicode := sms.Segments(text)
	size := ui.Many(ctx, parts, "%s part", "%s parts")
	if unicode {
		size += " · " + ui.Words(ctx)("with characters that make parts short")
	}
	return view.Preview{Title: title, Text: text, Size: size, Long: parts > 1}
}
