package main

import (
	"crypto/rand"
	"encoding/base32"
	"encoding/base64"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"recado/conversation"
)

// channelFile is the name of the channel file in the data folder.
const channelFile = "recado.toml"

const domain = "tienda.example"

// department is one of ours, with how much of the mail is for it.
type department struct {
	id, name, language string
	isolated           bool
	acknowledge        bool
	share              int // of 100 mails
	classifications    []string
	channels           []channel
}

type channel struct {
	email string
	send  conversation.SendType
}

var departments = []department{
	{"care", "Atención al cliente", "es", false, true, 40, []string{"consulta", "queja", "devolución", "elogio"},
		[]channel{{"soporte", conversation.SendAll}, {"hola", conversation.SendReceptive}}},
	{"sales", "Ventas", "es", false, false, 18, []string{"venta", "presupuesto", "sin interés"},
		[]channel{{"ventas", conversation.SendReceptive}, {"novedades", conversation.SendActive}, {"retomar", conversation.SendRecontact}, {"archivo", conversation.SendHistory}}},
	{"billing", "Facturación", "es", false, false, 14, []string{"factura", "pago", "reembolso"},
		[]channel{{"facturas", conversation.SendAll}}},
	{"brasil", "Atendimento Brasil", "pt", false, false, 16, []string{"dúvida", "reclamação", "troca"},
		[]channel{{"atendimento", conversation.SendAll}}},
	{"export", "International", "en", false, false, 10, nil,
		[]channel{{"international", conversation.SendAll}}},
	{"hr", "Personas", "es", true, false, 2, nil,
		[]channel{{"personas", conversation.SendAll}}},
}

// agent is one of our people.
type agent struct {
	email, name, language string
	role                  conversation.Role
	departments           []string
}

func (a agent) actor() conversation.Actor {
	return conversation.Actor{Email: a.email, Name: a.name, Role: a.role, Departments: a.departments}
}

var agents = []agent{
	{"ana@" + domain, "Ana Beltrán", "es", conversation.RoleAdmin, []string{"care", "sales", "billing", "brasil", "export", "hr"}},
	{"bruno@" + domain, "Bruno Ortega", "es", conversation.RoleSupervisor, []string{"care", "sales"}},
	{"carmen@" + domain, "Carmen Vidal", "es", conversation.RoleAgent, []string{"care"}},
	{"diego@" + domain, "Diego Núñez", "es", conversation.RoleAgent, []string{"care"}},
	{"elena@" + domain, "Elena Sáez", "es", conversation.RoleAgent, []string{"care", "billing"}},
	{"fermin@" + domain, "Fermín Goñi", "es", conversation.RoleAgent, []string{"sales"}},
	{"gloria@" + domain, "Gloria Pérez", "es", conversation.RoleAgent, []string{"sales", "export"}},
	{"hugo@" + domain, "Hugo Marín", "es", conversation.RoleAgent, []string{"billing"}},
	{"ines@" + domain, "Inês Carvalho", "pt", conversation.RoleSupervisor, []string{"brasil"}},
	{"joao@" + domain, "João Araújo", "pt", conversation.RoleAgent, []string{"brasil"}},
	{"kate@" + domain, "Kate Ellis", "en", conversation.RoleAgent, []string{"export"}},
	{"lucia@" + domain, "Lucía Roca", "es", conversation.RoleSupervisor, []string{"hr"}},
}

// house is who we are.
type house struct {
	directory *conversation.Directory
	agents    []agent
	password  string
	secret    []byte // signs our Message-IDs
}

// newHouse makes the folder with the channel file and the secret, and the directory that the file stands for.
func newHouse(o options) (*house, error) {
	h := &house{agents: agents, password: o.password, secret: make([]byte, 32)}
	rand.Read(h.secret) // never fails since Go 1.24
	if h.password == "" {
		var b [10]byte
		rand.Read(b[:])
		h.password = strings.ToLower(base32.StdEncoding.EncodeToString(b[:]))
	}
	loc, err := time.LoadLocation("Europe/Madrid")
	if err != nil {
		return nil, err
	}
	h.directory = buildDirectory(loc)
	keys := filepath.Join(o.data, "keys")
	if err := os.MkdirAll(keys, 0o700); err != nil {
		return nil, err
	}
	secret := base64.StdEncoding.EncodeToString(h.secret) + "\n"
	if err := os.WriteFile(filepath.Join(keys, "token.secret"), []byte(secret), 0o600); err != nil {
		return nil, err
	}
	return h, os.WriteFile(filepath.Join(o.data, channelFile), []byte(channelText()), 0o600)
}

// channelText is the channel file. Nothing leaves: the relay is a port that nobody listens at.
func channelText() string {
	var b strings.Builder
	b.WriteString(`[server]
hostname = "mx.` + domain + `"
data = "."
timezone = "Europe/Madrid"
language = "es"
[smtp]
listen = "127.0.0.1:2525"
[inbox]
listen = "127.0.0.1:8080"
[monitor]
listen = ""
[relay]
address = "127.0.0.1:9"
security = "none"
[[domain]]
name = "` + domain + `"
postmaster = "soporte@` + domain + `"
`)
	for _, d := range departments {
		fmt.Fprintf(&b, "[[department]]\nid = %q\nname = %q\nlanguage = %q\nisolated = %t\nacknowledge = %t\n", d.id, d.name, d.language, d.isolated, d.acknowledge)
		if len(d.classifications) > 0 {
			fmt.Fprintf(&b, "classifications = [\"%s\"]\n", strings.Join(d.classifications, `", "`))
		}
	}
	for _, d := range departments {
		for _, c := range d.channels {
			fmt.Fprintf(&b, "[[channel]]\nemail = %q\ndepartment = %q\nsend = %q\n", c.email+"@"+domain, d.id, c.send)
		}
	}
	return b.String()
}

// buildDirectory says the same as channelText, with the limits that a file without them has.
func buildDirectory(loc *time.Location) *conversation.Directory {
	d := &conversation.Directory{
		Hostname: "mx." + domain, Language: "es", Location: loc,
		Limits:  conversation.Limits{MailsPerHour: 60, AckPerHour: 3, HeldDays: 90},
		Domains: []conversation.Domain{{Name: domain, Postmaster: "soporte@" + domain}},
	}
	for _, dep := range departments {
		d.Departments = append(d.Departments, conversation.Department{
			ID: dep.id, Name: dep.name, Isolated: dep.isolated, Acknowledge: dep.acknowledge, Language: dep.language, Classifications: dep.classifications,
		})
		for _, c := range dep.channels {
			d.Channels = append(d.Channels, conversation.Channel{
				Email: c.email + "@" + domain, Department: dep.id, Send: c.send, Active: true, DMARC: conversation.DMARCHold,
			})
		}
	}
	return d.Build()
}

// address is where customers write to the department.
func (d *department) address() string { return d.channels[0].email + "@" + domain }

// of are the agents of the department.
func (h *house) of(department string) []agent {
	var out []agent
	for _, a := range h.agents {
		if slices.Contains(a.departments, department) {
			out = append(out, a)
		}
	}
	return out
}
