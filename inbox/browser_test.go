package inbox

import (
	"context"
	"fmt"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/input"
	cdppage "github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"recado/conversation"
	"recado/internal/mailtest"
)

// browser starts a Chromium over an inbox with the sample desk, logged in, and returns a context for
// chromedp and the address.
func browser(t *testing.T, desk *fakeDesk, agents *fakeAgents, agent string) (context.Context, string) {
	t.Helper()
	return browserWith(t, desk, agents, agent, nil)
}

// browserWith is browser over an inbox with changed options.
func browserWith(t *testing.T, desk *fakeDesk, agents *fakeAgents, agent string, change func(*Options)) (context.Context, string) {
	t.Helper()
	path, err := mailtest.Chromium()
	if err != nil {
		mailtest.RequireOrSkip(t, "chromium is not installed")
	}
	in := newInbox(t, desk, agents, change)
	server := httptest.NewServer(in.Handler())
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.DisableGPU,
		chromedp.UserDataDir(t.TempDir()), chromedp.Flag("disable-quic", true), chromedp.Flag("disable-component-update", true),
		chromedp.Flag("disable-background-networking", true), chromedp.Flag("disable-sync", true))
	ctx, cancelBrowser := chromedp.NewExecAllocator(context.Background(), options...)
	ctx, cancelTab := chromedp.NewContext(ctx)
	t.Cleanup(func() {
		_ = chromedp.Cancel(ctx)
		cancelTab()
		cancelBrowser()
		if err := in.Close(context.Background()); err != nil {
			t.Error(err)
		}
		server.Close()
	})
	// The first run starts the browser, which lives as long as its context: no limit of time on that one.
	if err := chromedp.Do(ctx, chromedp.EmulateViewport(1440, 900)); err != nil {
		t.Fatal(err)
	}
	do(t, ctx, chromedp.Navigate(server.URL+"/login"), chromedp.SendKeys(chromedp.CSS("#email"), agent), chromedp.SendKeys(chromedp.CSS("#password"), password),
		chromedp.Click(chromedp.CSS("button.wide")), chromedp.WaitVisible(chromedp.CSS("#list .row-item")))
	return ctx, server.URL
}

type step = chromedp.Action[chromedp.Void]

// do runs steps, within a time that only a fault exceeds.
func do(t *testing.T, ctx context.Context, steps ...step) {
	t.Helper()
	ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	if err := chromedp.Do(ctx, steps...); err != nil {
		t.Fatal(err)
	}
}

func script(expression string) step { return chromedp.Evaluate[chromedp.Void](expression) }

func scheme(value string) step {
	return chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		_, err := cdp.Call(ctx, target, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
			Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: value}},
		})
		return err
	})
}

// eval is the value of an expression.
func eval[T any](t *testing.T, ctx context.Context, expression string) T {
	t.Helper()
	ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	v, err := chromedp.Run(ctx, chromedp.Evaluate[T](expression))
	if err != nil {
		t.Fatalf("%s: %v", expression, err)
	}
	return v
}

// until waits until an expression is true, within a time that only a fault exceeds.
func until(t *testing.T, ctx context.Context, expression string) {
	t.Helper()
	for deadline := time.Now().Add(15 * time.Second); time.Now().Before(deadline); {
		if eval[bool](t, ctx, "!!("+expression+")") {
			return
		}
		do(t, ctx, chromedp.Sleep(30*time.Millisecond))
	}
	t.Fatalf("never became true: %s", expression)
}

// violations collects what the Content-Security-Policy stopped and errors of the script.
const violations = `window.faults = []; addEventListener("securitypolicyviolation", (e) => faults.push(e.violatedDirective + " " + e.blockedURI));
addEventListener("error", (e) => faults.push(e.message)); addEventListener("unhandledrejection", (e) => faults.push(String(e.reason)));`

func watchFaults() step {
	return chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		_, err := cdp.Call(ctx, target, cdppage.AddScriptToEvaluateOnNewDocument, cdppage.AddScriptToEvaluateOnNewDocumentParams{Source: violations})
		return err
	})
}

func wantNoFaults(t *testing.T, ctx context.Context) {
	t.Helper()
	if faults := eval[[]string](t, ctx, "window.faults"); len(faults) > 0 {
		t.Errorf("the page has faults: %v", faults)
	}
}

func customerWrites(desk *fakeDesk, number, text string) {
	desk.locked(func() {
		desk.add(number, &conversation.Message{Kind: conversation.KindIn, From: desk.protocols[number].Contact, Preview: text,
			Auth: verifiedBy("rios.example"), Channel: "soporte@example.com"}, plain(text))
	})
}

func TestBrowserLiveChangesLeaveWhatIsTypedAlone(t *testing.T) {
	desk := sampleDesk()
	ctx, base := browser(t, desk, newFakeAgents(), "ana@example.com")
	do(t, ctx, watchFaults(), chromedp.Navigate(base+martaPath))
	do(t, ctx, chromedp.SendKeys(chromedp.CSS("#reply-text"), "Va la azul"), script(`document.querySelector("#reply-text").setSelectionRange(3, 3);
		document.querySelector("#q-" + document.querySelector(".entry.in").id.slice(2)).open = true`))
	top := eval[float64](t, ctx, `document.querySelector(".pane").scrollTop`)

	customerWrites(desk, martaNumber, "Mejor la verde.")
	until(t, ctx, `document.querySelector("#thread").textContent.includes("Mejor la verde.")`)
	until(t, ctx, `document.querySelector("#newwords").textContent.includes("Marta Ríos")`)
	if got := eval[string](t, ctx, `document.activeElement.id + " " + document.activeElement.selectionStart + " " + document.activeElement.value`); got != "reply-text 3 Va la azul" {
		t.Errorf("focus, caret and text are %q", got)
	}
	if now := eval[float64](t, ctx, `document.querySelector(".pane").scrollTop`); now != top {
		t.Errorf("the page scrolled from %v to %v", top, now)
	}
	if !eval[bool](t, ctx, `document.querySelector(".quoted").open`) {
		t.Error("what was unfolded is folded again")
	}
	// The answer to words that were not read is stopped, keeps its text, and goes with the second click.
	do(t, ctx, chromedp.Click(chromedp.CSS("#send")), chromedp.WaitVisible(chromedp.CSS(".notice.warn h2")))
	if got := eval[string](t, ctx, `document.querySelector("#reply-text").value`); got != "Va la azul" || len(desk.replies) != 0 {
		t.Errorf("stopped with %q kept, %d sent", got, len(desk.replies))
	}
	do(t, ctx, script(`document.querySelector("#send").click()`))
	until(t, ctx, `document.querySelector(".entry.out:last-of-type .text")?.textContent.includes("Va la azul") && document.querySelector("#reply-text")?.value === ""`)
	if len(desk.replies) != 1 {
		t.Errorf("%d replies were made", len(desk.replies))
	}
	wantNoFaults(t, ctx)
}

func TestBrowserListIsLive(t *testing.T) {
	desk := sampleDesk()
	ctx, base := browser(t, desk, newFakeAgents(), "ana@example.com")
	do(t, ctx, watchFaults(), chromedp.Navigate(base+"/inbox"), script(`document.querySelectorAll("#list a")[2].focus()`))
	const careCount = `Number([...document.querySelectorAll("#rail a")].find(a => a.textContent.includes("Atención")).querySelector("b").textContent)`
	before := eval[int](t, ctx, careCount)
	focused := eval[string](t, ctx, `document.activeElement.href`)
	desk.locked(func() {
		desk.open("20261123-000050", "care", "Recién llegado", conversation.ContactRef{Name: "Nuevo Cliente", Address: "nuevo@x.example"})
	})
	customerWrites(desk, "20261123-000050", "Hola")
	until(t, ctx, `document.querySelector("#list .row-item .who").textContent == "Nuevo Cliente"`)
	if now := eval[string](t, ctx, `document.activeElement.href`); now != focused {
		t.Errorf("the focus went from %s to %s", focused, now)
	}
	until(t, ctx, `document.querySelector("#say").textContent.includes("Nuevo Cliente")`)
	until(t, ctx, careCount+fmt.Sprintf(" == %d", before+1))
	wantNoFaults(t, ctx)
}

// press presses a key with a character as a keyboard does: what the page does with the key decides
// whether the character is typed, which chromedp.KeyEvent types in any case.
func press(key string) step {
	return chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		for _, p := range []input.DispatchKeyEventParams{
			{Type: input.DispatchKeyEventTypeKeyDown, Key: key, Text: key, UnmodifiedText: key},
			{Type: input.DispatchKeyEventTypeKeyUp, Key: key},
		} {
			if _, err := cdp.Call(ctx, target, input.DispatchKeyEvent, p); err != nil {
				return err
			}
		}
		return nil
	})
}

func TestBrowserKeys(t *testing.T) {
	desk := sampleDesk()
	ctx, base := browser(t, desk, newFakeAgents(), "eve@example.com")
	do(t, ctx, watchFaults(), chromedp.Navigate(base+"/inbox"), press("j"), press("j"))
	until(t, ctx, `document.activeElement.closest("#p-20261123-000041")`)
	do(t, ctx, press("k"), chromedp.KeyEvent(kb.Enter), chromedp.WaitVisible(chromedp.CSS("#thread")))
	do(t, ctx, press("?"), chromedp.WaitVisible(chromedp.CSS("dialog[open]")), chromedp.KeyEvent(kb.Escape), chromedp.WaitNotVisible(chromedp.CSS("#keys")))
	do(t, ctx, press("n"))
	until(t, ctx, `document.activeElement.id == "note-text" && document.activeElement.value == ""`)
	do(t, ctx, chromedp.KeyEvent(kb.Escape), press("/"))
	until(t, ctx, `document.activeElement.id == "search"`)
	do(t, ctx, chromedp.KeyEvent(kb.Escape), press("e"))
	until(t, ctx, `document.activeElement.id == "classification"`)
	do(t, ctx, chromedp.KeyEvent(kb.Escape), press("r"))
	until(t, ctx, `document.activeElement.id == "reply-text" && !document.querySelector("#end").open`)
	do(t, ctx, chromedp.KeyEvent("On its way."), chromedp.KeyEvent(kb.Enter, chromedp.KeyModifiers(chromedp.ModifierCtrl)))
	// The live page may show the answer before the one that sending leads to is there.
	until(t, ctx, `document.querySelector(".entry.out:last-of-type .text")?.textContent.includes("On its way.") && document.activeElement.id != "reply-text" && document.readyState == "complete"`)
	do(t, ctx, chromedp.KeyEvent(kb.Escape))
	until(t, ctx, `location.pathname == "/inbox" && document.readyState == "complete"`)
	do(t, ctx, press("g"), press("s"))
	until(t, ctx, `location.pathname == "/held"`)
	wantNoFaults(t, ctx)
}

func TestBrowserKeepsTheDraft(t *testing.T) {
	desk := sampleDesk()
	ctx, base := browser(t, desk, newFakeAgents(), "ana@example.com")
	do(t, ctx, chromedp.Navigate(base+martaPath), chromedp.SendKeys(chromedp.CSS("#reply-text"), "A medias"), chromedp.Navigate(base+"/inbox"), chromedp.Navigate(base+martaPath))
	until(t, ctx, `document.querySelector("#reply-text")?.value == "A medias"`)
	do(t, ctx, script(`document.querySelector("#send").click(); document.querySelector("#send").click()`))
	until(t, ctx, `document.querySelector(".entry.out:last-of-type .text")?.textContent.includes("A medias")`)
	until(t, ctx, `document.querySelector("#reply-text").value == ""`)
	do(t, ctx, chromedp.Navigate(base+martaPath))
	if got := eval[string](t, ctx, `document.querySelector("#reply-text").value`); got != "" || len(desk.replies) != 1 {
		t.Errorf("after sending, the draft is %q and %d replies were made", got, len(desk.replies))
	}
}

func TestBrowserShowsACustomersHTMLSafely(t *testing.T) {
	desk := sampleDesk()
	ctx, base := browser(t, desk, newFakeAgents(), "ana@example.com")
	do(t, ctx, watchFaults(), chromedp.Navigate(base+martaPath), script(`document.querySelector("details.sent").open = true`))
	until(t, ctx, `document.querySelector("details.sent iframe").contentDocument?.querySelector("img")?.naturalWidth == 1`) // with the agent's cookie
	until(t, ctx, `parseInt(document.querySelector("details.sent iframe").style.height) > 100`)
	if eval[bool](t, ctx, `document.querySelector("details.sent iframe").contentDocument.title == "owned"`) {
		t.Error("a script of the mail ran")
	}
	wantNoFaults(t, ctx)
}

// Every page fits the narrowest phone and works without a script.
func TestBrowserNarrowAndWithoutScript(t *testing.T) {
	desk := sampleDesk()
	ctx, base := browser(t, desk, newFakeAgents(), "ana@example.com")
	do(t, ctx, chromedp.EmulateViewport(320, 640))
	for _, path := range []string{"/inbox", "/history", "/held", "/held/" + desk.held[0].ID, martaPath, "/protocols/20261123-000036", "/protocols/20261123-000031", "/nothing"} {
		do(t, ctx, chromedp.Navigate(base+path))
		if wide := eval[int](t, ctx, `document.documentElement.scrollWidth`); wide > 320 {
			t.Errorf("%s is %d wide", path, wide)
		}
	}
	do(t, ctx, chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		_, err := cdp.Call(ctx, target, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true})
		return err
	}), chromedp.Navigate(base+martaPath), chromedp.SendKeys(chromedp.CSS("#reply-text"), "Sin script"), chromedp.Click(chromedp.CSS("#send")),
		chromedp.WaitVisible(chromedp.CSS(".delivery.queued")))
	if len(desk.replies) != 1 || desk.replies[0].Text != "Sin script" {
		t.Errorf("without a script: %+v", desk.replies)
	}
}

// picture writes what is on the screen into a folder.
func picture(dir, name string) step {
	return chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		png, err := chromedp.CaptureScreenshot()(ctx, target)
		if err != nil {
			return err
		}
		return os.WriteFile(filepath.Join(dir, name+".png"), png, 0o644)
	})
}
