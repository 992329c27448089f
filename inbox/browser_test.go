package inbox

import (
	"context"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
)

// browser starts a Chromium over an inbox with the sample desk, logged in, and returns a context for
// chromedp and the address.
func browser(t *testing.T, desk *fakeDesk, agents *fakeAgents, agent string) (context.Context, string) {
	t.Helper()
	path, err := exec.LookPath("chromium")
	if err != nil {
		if os.Getenv("RECADO_REQUIRE_PEERS") == "1" {
			t.Fatal("chromium is needed and is not installed")
		}
		t.Skip("chromium is not installed")
	}
	in := newInbox(t, desk, agents, nil)
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

// TestScreenshots writes every screen to the folder that RECADO_SCREENSHOTS names, to be looked at.
func TestScreenshots(t *testing.T) {
	dir := os.Getenv("RECADO_SCREENSHOTS")
	if dir == "" {
		t.Skip("RECADO_SCREENSHOTS names no folder")
	}
	desk, agents := sampleDesk(), newFakeAgents()
	ctx, base := browser(t, desk, agents, "ana@example.com")
	shot := func(name string) step {
		return chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
			png, err := chromedp.CaptureScreenshot()(ctx, target)
			if err != nil {
				return err
			}
			return os.WriteFile(filepath.Join(dir, name+".png"), png, 0o644)
		})
	}
	pages := map[string]string{
		"inbox": "/inbox", "protocol": "/protocols/" + martaNumber, "hostile": "/protocols/20261123-000036", "bounced": "/protocols/20261123-000031",
		"held": "/held", "heldmail": "/held/" + desk.held[0].ID, "history": "/history", "empty": "/inbox?view=unassigned&department=hr",
		"rtl": "/protocols/20261121-000008",
	}
	for name, path := range pages {
		for _, s := range []string{"light", "dark"} {
			for _, size := range [][2]int64{{1440, 900}, {1000, 800}, {375, 812}} {
				if size[0] == 1000 && s == "dark" {
					continue
				}
				do(t, ctx, scheme(s), chromedp.EmulateViewport(size[0], size[1]), chromedp.Navigate(base+path), chromedp.Sleep(150*time.Millisecond),
					shot(name+"-"+s+"-"+map[int64]string{1440: "wide", 1000: "medium", 375: "phone"}[size[0]]))
			}
		}
	}
	do(t, ctx, scheme("light"), chromedp.EmulateViewport(1440, 1300), chromedp.Navigate(base+"/protocols/"+martaNumber),
		script(`document.querySelector("details.sent").open = true; document.querySelector("details.verdict").open = true`),
		chromedp.Sleep(400*time.Millisecond), script(`document.querySelector(".pane").scrollTop = 0`), shot("html-light-wide"))
	do(t, ctx, chromedp.EmulateViewport(1440, 900), script(`document.querySelector("form[action='/logout']").submit()`),
		chromedp.WaitVisible(chromedp.CSS("#email")), shot("login-light-wide"), scheme("dark"), chromedp.EmulateViewport(375, 812), shot("login-dark-phone"))
}
