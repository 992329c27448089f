package test

import (
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"
)

// TestAuditKilled ends the server without warning, again and again, while notes and tags are made: each that was
// answered is there once, and everything that is there has its line, and nothing else has.
func TestAuditKilled(t *testing.T) {
	t.Parallel()
	const workers, kills = 4, 4
	p := newProduct(t, settings{})
	for i := range workers {
		p.accept("x@plain.test", []string{"care@shop.test"}, mail(fmt.Sprintf("c%d@plain.test", i), "Hello", fmt.Sprintf("%d@audit.test", i), "", "Hello"))
	}
	protocols := p.protocols("--status", "open")
	if len(protocols) != workers {
		t.Fatalf("%d protocols", len(protocols))
	}

	var up sync.RWMutex // held for writing while there is no server
	stop := make(chan struct{})
	done := make([]int, workers) // notes, and as many tags
	var working sync.WaitGroup
	for i, protocol := range protocols {
		working.Go(func() {
			client := p.socket()
			for {
				select {
				case <-stop:
					return
				default:
				}
				n := done[i]
				if !p.untilDone(client, &up, "/protocols/"+protocol.Number+"/notes", fmt.Sprintf(`{"text":"note %d"}`, n), fmt.Sprintf("n%d", n)) ||
					!p.untilDone(client, &up, "/protocols/"+protocol.Number+"/tags", fmt.Sprintf(`{%q:["seen"]}`, []string{"add", "remove"}[n%2]), fmt.Sprintf("t%d", n)) {
					return
				}
				done[i]++
			}
		})
	}
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	rng := rand.New(rand.NewPCG(seed, 0))
	for range kills {
		time.Sleep(time.Duration(20+rng.IntN(150)) * time.Millisecond) // how long it may work
		up.Lock()
		p.kill()
		p.start()
		up.Unlock()
	}
	close(stop)
	working.Wait()

	lines := map[string]int{}
	for _, l := range all[struct{ Action, Object string }](p, "audit", "list") {
		lines[l.Action+" "+l.Object]++
	}
	for i, protocol := range protocols {
		notes, events := map[string]int{}, 0
		for _, m := range p.show(protocol.Number).Messages {
			switch m.Kind {
			case "note":
				notes[strings.TrimSpace(m.Text)]++
			case "event":
				events++
			}
		}
		for n := range done[i] {
			if there := notes[fmt.Sprintf("note %d", n)]; there != 1 {
				t.Errorf("%s: note %d is there %d times", protocol.Number, n, there)
			}
		}
		noted, tagged := lines["protocol.note "+protocol.Number], lines["protocol.tag "+protocol.Number]
		if done[i] == 0 || len(notes) != done[i] || events != done[i] || noted != done[i] || tagged != done[i] {
			t.Errorf("%s: answered were %d of each; there are %d notes with %d lines and %d changes of tags with %d lines",
				protocol.Number, done[i], len(notes), noted, events, tagged)
		}
	}
}

// untilDone sends a request, with the same key, until it is answered that it is done.
func (p *product) untilDone(client *http.Client, up *sync.RWMutex, path, body, key string) bool {
	for deadline := time.Now().Add(within); time.Now().Before(deadline); {
		r, err := http.NewRequest(http.MethodPost, "http://recado/api/v1"+path, strings.NewReader(body))
		if err != nil {
			p.t.Error(err)
			return false
		}
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("Idempotency-Key", key)
		answer, err := client.Do(r)
		if err != nil { // it was killed: once more when there is another
			waitFor(up)
			continue
		}
		text, _ := io.ReadAll(answer.Body)
		answer.Body.Close()
		if answer.StatusCode/100 == 2 {
			return true
		}
		if answer.StatusCode/100 != 5 {
			p.t.Errorf("POST %s: %s %s", path, answer.Status, text)
			return false
		}
	}
	p.t.Errorf("POST %s was not done", path)
	return false
}

// waitFor returns once nobody holds the lock for writing.
func waitFor(up *sync.RWMutex) {
	up.RLock()
	defer up.RUnlock()
}
