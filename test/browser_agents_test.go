package test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/chromedp/chromedp"
)

// An admin adds an agent, who logs in, and ends the agent's session: the agent's page leads to the log-in by itself. To
// agents and supervisors the screen says that it is not theirs, and nothing leads there. Without a script it is the same.
func TestBrowserAgents(t *testing.T) {
	t.Parallel()
	p := newProduct(t, settings{channels: departments})
	p.agent("sue@shop.test", "Sue", "--role", "supervisor", "--department", "care", "--language", "en")
	ada := p.logIn(p.boss("es"))
	ada.goTo("/settings/agents")
	ada.click(".add > summary")
	ada.write("#agent-email", "eva@shop.test")
	ada.write("#agent-name", "Eva Díaz")
	ada.click(`.ticks input[value="care"]`)
	ada.write("#agent-password", "corta")
	ada.keep("agents-new")
	ada.click(".add-form .button")
	ada.until(`document.querySelector("#agent-password-error")?.textContent.includes("10") && document.querySelector("#agent-name").value == "Eva Díaz" && document.querySelector(".ticks input[value=care]").checked`)
	ada.keep("agents-mistake")
	ada.takeFaults() // that the answer was 422
	ada.write("#agent-password", agentPassword)
	ada.click(".add-form .button")
	ada.until(`location.pathname == "/settings/agents/eva@shop.test" && document.querySelector(".notice") && document.querySelector("h1").textContent == "Eva Díaz"`)

	eva := p.logIn("eva@shop.test")
	for _, b := range []*tab{eva, p.logIn("sue@shop.test")} {
		b.goTo("/settings/you")
		b.until(`document.querySelector(".sessions tbody").rows.length == 1 && !document.querySelector('.settings-nav a[href="/settings/agents"]')`)
		b.noFaults("the own page")
		b.goTo("/settings/agents")
		b.until(`document.querySelector("main h1") && !document.querySelector(".settings-nav") && !document.body.textContent.includes("es@shop.test")`)
		b.takeFaults() // that the answer was 403
	}
	eva.goTo("/inbox")
	eva.until(`document.querySelector("#list")`)
	ada.goTo("/settings/agents/eva@shop.test")
	ada.keep("agent")
	ada.click(".sessions button[name=session]")
	ada.until(`location.search == "?done=ended" && !document.querySelector(".sessions table")`)
	eva.until(`location.pathname == "/login"`)

	ada.withoutScript()
	ada.click(".confirm > summary")
	ada.click(".confirm form .button")
	ada.until(`location.search == "?done=disabled"`)
	ada.goTo("/settings/agents")
	ada.until(`document.querySelector(".people tr.off th a").textContent == "Eva Díaz"`)
	ada.keep("agents")
	ada.goTo("/settings/you")
	ada.until(`document.querySelector(".sessions tbody").rows.length == 1 && !document.querySelector(".sessions button")`)
	ada.keep("you-sessions")
	ada.noFaults("the admin")
}

// keep writes what the page looks like to the folder that RECADO_SCREENSHOTS names, if it does.
func (b *tab) keep(name string) {
	b.t.Helper()
	folder := os.Getenv("RECADO_SCREENSHOTS")
	if folder == "" {
		return
	}
	for _, size := range sizes {
		b.do(chromedp.EmulateViewport(size.width, size.height))
		b.keepPicture(filepath.Join(folder, name+"-"+size.name+".png"))
	}
	b.do(chromedp.EmulateViewport(sizes[0].width, sizes[0].height))
}
