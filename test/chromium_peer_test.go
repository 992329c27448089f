package test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"

	"recado/internal/mailtest"
)

// chromium is the one browser of a test run. TestMain closes it.
var chromium struct {
	once  sync.Once
	ctx   context.Context // nil before it is started
	close func()
	err   error
}

// unneeded are parts of Chromium that no test looks at and every tab pays for, such as the pages that its own bars and menus are made of.
const unneeded = "Translate,PreloadTopChromeWebUI,WebUIReloadButton,WebUIToolbar,InitialWebUI,WebUIOmniboxPopup,WebUIOmniboxFullPopup,WebUIOmniboxAimPopup,OptimizationHints,MediaRouter,SpareRendererForSitePerProcess,BackForwardCache"

func startChromium() {
	path, err := mailtest.Chromium()
	if err != nil {
		chromium.err = err
		return
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.Flag("disable-features", unneeded))
	for _, flag := range []string{"disable-gpu", "disable-software-rasterizer", "disable-quic", "disable-component-update", "disable-background-networking", "no-proxy-server"} {
		options = append(options, chromedp.Flag(flag, true))
	}
	allocator, stop := chromedp.NewExecAllocator(context.Background(), options...)
	ctx, cancel := chromedp.NewContext(allocator)
	chromium.ctx = ctx
	chromium.close = func() {
		_ = chromedp.Cancel(ctx) // what went wrong with it, its tests have told
		cancel()
		stop()
	}
	// The browser lives as long as the context of the first call: no limit of time on that one.
	chromium.err = chromedp.Do(ctx)
}

// closeChromium ends the browser if a test started it.
func closeChromium() {
	if chromium.ctx != nil {
		chromium.close()
	}
}

// tab is a page in a browser context of its own: one agent at one desk, sharing no cookies and no
// drafts with another.
type tab struct {
	t    *testing.T
	ctx  context.Context
	base string // of the inbox, without the last slash

	mu       sync.Mutex
	faults   []string // errors on the console, exceptions, what a Content-Security-Policy stopped, dialogs
	requests []string // addresses asked for, by the page or a frame in it
}

type step = chromedp.Action[chromedp.Void]

// newTab ends the test where Chromium is absent.
func newTab(t *testing.T, p *product) *tab {
	t.Helper()
	chromium.once.Do(startChromium)
	if chromium.ctx == nil {
		mailtest.RequireOrSkip(t, "chromium is not installed")
	}
	if chromium.err != nil {
		t.Fatal("start Chromium:", chromium.err)
	}
	ctx, cancel := chromedp.NewContext(chromium.ctx, chromedp.WithNewBrowserContext())
	b := &tab{t: t, ctx: ctx, base: "http://" + p.inbox}
	t.Cleanup(func() {
		if err := chromedp.Cancel(ctx); err != nil {
			t.Error("close the tab:", err)
		}
		cancel()
	})
	if err := chromedp.Do(ctx, chromedp.EmulateViewport(1440, 900)); err != nil { // without a limit, as above
		t.Fatal("open a tab:", err)
	}
	if err := chromedp.Listen(ctx, b.note); err != nil {
		t.Fatal(err)
	}
	return b
}

// note keeps what a test may ask about later.
func (b *tab) note(event any) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch e := event.(type) {
	case *network.EventRequestWillBeSent:
		b.requests = append(b.requests, e.Request.URL)
	case *network.EventWebSocketCreated:
		b.requests = append(b.requests, e.URL)
	case *runtime.EventExceptionThrown:
		b.faults = append(b.faults, "exception: "+e.ExceptionDetails.Text)
	case *runtime.EventConsoleAPICalled:
		if e.Type == runtime.ConsoleAPICalledTypeError || e.Type == runtime.ConsoleAPICalledTypeWarning {
			b.faults = append(b.faults, fmt.Sprintf("console: %v", e.Args))
		}
	case *log.EventEntryAdded:
		if e.Entry.Level == log.EntryLevelError || e.Entry.Level == log.EntryLevelWarning {
			b.faults = append(b.faults, fmt.Sprintf("%s: %s (%s)", e.Entry.Source, e.Entry.Text, e.Entry.URL))
		}
	case *page.EventJavascriptDialogOpening:
		b.faults = append(b.faults, "dialog: "+e.Message)
	}
}

// takeFaults returns what went wrong on the pages since it was last asked.
func (b *tab) takeFaults() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	faults := b.faults
	b.faults = nil
	return faults
}

func (b *tab) noFaults(where string) {
	b.t.Helper()
	for _, f := range b.takeFaults() {
		b.t.Errorf("%s: %s", where, f)
	}
}

// foreignRequests are the addresses asked for that are not the inbox's own.
func (b *tab) foreignRequests() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(b.requests), func(u string) bool {
		return strings.HasPrefix(u, b.base+"/") || strings.HasPrefix(u, "data:")
	})
}

// do carries out steps, within a time that only a fault exceeds.
func (b *tab) do(steps ...step) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, within)
	defer cancel()
	if err := chromedp.Do(ctx, steps...); err != nil {
		b.t.Fatalf("%v\n%s", err, b.looks())
	}
}

// goTo opens a page of the inbox, and returns when the page is complete. The page before may leave by itself at that
// moment, since its session ended: that stops ours, and it is asked for again.
func (b *tab) goTo(path string) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, within)
	defer cancel()
	for {
		answer, err := chromedp.Call(ctx, page.Navigate, page.NavigateParams{URL: b.base + path})
		switch {
		case err != nil:
			b.t.Fatalf("go to %s: %v\n%s", path, err, b.looks())
		case answer.ErrorText == "":
			b.until(complete)
			return
		case answer.ErrorText != "net::ERR_ABORTED" || answer.IsDownload:
			b.t.Fatalf("go to %s: %s", path, answer.ErrorText)
		}
	}
}

// complete tells in the page whether its script has run: it does before the page is complete.
const complete = `document.readyState == "complete"`

// click clicks on what a mouse would hit there, once it would. It looks and clicks in one go, so that no
// live change comes between.
func (b *tab) click(selector string) {
	b.t.Helper()
	b.until(fmt.Sprintf(`(() => {
		const el = document.querySelector(%q);
		if (!el || !(`+complete+`)) return false;
		el.scrollIntoView({block: "center", inline: "center", behavior: "instant"});
		const r = el.getBoundingClientRect(), hit = document.elementFromPoint(r.x + r.width / 2, r.y + r.height / 2);
		if (!hit || !el.contains(hit)) return false;
		hit.click();
		return true;
	})()`, selector))
}

// write types into a field, key by key, at the end of what it holds.
func (b *tab) write(selector, text string) {
	b.t.Helper()
	b.caret(selector)
	b.do(chromedp.KeyEvent(text))
}

// press presses keys one after the other, once a script may hear them.
func (b *tab) press(keys string) {
	b.t.Helper()
	b.until(complete)
	b.do(chromedp.KeyEvent(keys))
}

// caret puts the caret at the end of a field.
func (b *tab) caret(selector string) {
	b.t.Helper()
	b.until(fmt.Sprintf(`(() => {
		const el = document.querySelector(%q);
		if (!el || !(`+complete+`) || !el.checkVisibility()) return false;
		if (document.activeElement !== el) { el.focus(); if (el.type != "email") el.setSelectionRange(el.value.length, el.value.length); }
		return document.activeElement === el;
	})()`, selector))
}

// call makes a step of a command of the protocol that browsers are driven by.
func call[P, R any](command cdp.Command[P, R], params P) step {
	return chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		_, err := cdp.Call(ctx, target, command, params)
		return err
	})
}

// paste puts a text in at the caret, as one piece.
func (b *tab) paste(text string) {
	b.t.Helper()
	b.do(call(input.InsertText, input.InsertTextParams{Text: text}))
}

func (b *tab) withoutScript() {
	b.t.Helper()
	b.do(call(emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true}))
}

// evaluate returns the value of an expression in the page.
func evaluate[T any](b *tab, expression string) T {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, within)
	defer cancel()
	v, err := chromedp.Run(ctx, chromedp.Evaluate[T](expression))
	if err != nil {
		b.t.Fatalf("%s: %v\n%s", expression, err, b.looks())
	}
	return v
}

// run carries out a script in the page.
func (b *tab) run(script string) {
	b.t.Helper()
	b.do(chromedp.Evaluate[chromedp.Void](script))
}

// until waits for an expression to become true, looking less and less often. A page that is being replaced meanwhile has
// no answer, and is asked again.
func (b *tab) until(expression string) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, within)
	defer cancel()
	var err error
	for pause := 10 * time.Millisecond; ; pause = min(pause*3/2, 200*time.Millisecond) {
		var ok bool
		if ok, err = chromedp.Run(ctx, chromedp.Evaluate[bool]("!!("+expression+")")); err == nil && ok {
			return
		}
		select {
		case <-ctx.Done():
			b.t.Fatalf("not in time: %s (%v)\n%s", expression, err, b.looks())
		case <-time.After(pause): // between two looks; the deadline decides
		}
	}
}

// looks tells, after a failure, where the page is and what it says.
func (b *tab) looks() string {
	ctx, cancel := context.WithTimeout(b.ctx, 5*time.Second)
	defer cancel()
	text, err := chromedp.Run(ctx, chromedp.Evaluate[string](`location.href + "\n" + document.body.innerText.slice(0, 3000)`))
	if err != nil {
		return "the page does not answer: " + err.Error()
	}
	return text
}

// stay marks the page, so that stayed can tell whether it was loaded anew since.
func (b *tab) stay() {
	b.t.Helper()
	b.run(`window.stayed = true`)
}

func (b *tab) stayed() {
	b.t.Helper()
	if !evaluate[bool](b, `window.stayed === true`) {
		b.t.Error("the page was loaded anew")
	}
}

// agentPassword is that of every agent of these tests.
const agentPassword = "correct horse battery staple"

// agent adds one to a product, by command.
func (p *product) agent(email, name string, more ...string) {
	p.t.Helper()
	args := append([]string{"agent", "add", email, "--name", name, "--password-stdin"}, more...)
	if _, errs, status := p.runWith(agentPassword+"\n", args...); status != 0 {
		p.t.Fatalf("agent add: exit status %d\n%s", status, errs)
	}
}

// logIn opens a tab and logs in, from the page that an agent comes to first.
func (p *product) logIn(email string) *tab {
	p.t.Helper()
	b := newTab(p.t, p)
	b.logIn(email)
	return b
}

func (b *tab) logIn(email string) {
	b.t.Helper()
	b.goTo("/")
	b.caret("#email")
	b.paste(email)
	b.caret("#password")
	b.paste(agentPassword)
	b.click("form button")
	b.until(`location.pathname == "/inbox" && document.querySelector("#list")`)
}
