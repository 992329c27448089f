// What only a script can do in the inbox: live changes, shortcuts, drafts. Every page works without it.
"use strict";
(() => {
  const body = document.body;
  const one = (selector, root = document) => root.querySelector(selector);
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const say = (text) => { const p = one("#say"); if (p) { p.textContent = ""; p.textContent = text; } };
  const board = () => one(".board");

  // ---- Live changes: a signal comes by server-sent events, then the page that is on the screen is
  // fetched and its live regions are swapped. Focus, scroll and what is typed stay as they are.

  // What the server wrote into an element, before a script or a person changed it: that is what is
  // compared, so that an unfolded detail or a fitted frame does not count as a change.
  const served = new WeakMap();
  const listOf = (region) => one(":scope > ol", region) || region;
  const record = (region) => {
    served.set(region, region.innerHTML);
    for (const el of listOf(region).children) served.set(el, el.innerHTML);
  };

  const keep = (region, fresh) => {
    for (const d of all("details[id]", region)) {
      const other = fresh.querySelector("#" + CSS.escape(d.id));
      if (other) other.open = d.open;
    }
    for (const frame of all("iframe[name]", region)) { // a frame that is moved loads again
      const other = fresh.querySelector(`iframe[name="${CSS.escape(frame.name)}"]`);
      if (!other || !frame.src) continue;
      let at = "";
      try { at = frame.contentWindow.location.href; } catch { /* not loaded */ }
      other.src = at.startsWith(frame.src) ? at : frame.src; // with its pictures, once they are shown
      other.style.height = frame.style.height;
    }
    for (const input of all("input[id]:not([type=hidden]), textarea[id], select[id]", region)) {
      if (input.closest("details:not([open])")) continue;
      const other = fresh.querySelector("#" + CSS.escape(input.id));
      if (other && input.type === "checkbox") other.checked = input.checked; // its value is the server's
      else if (other) other.value = input.value;
    }
  };

  const focusPath = () => {
    const el = document.activeElement;
    if (!el || el === body) return null;
    if (el.id) return () => document.getElementById(el.id);
    const link = el.getAttribute("href"), region = el.closest("[data-live]"), item = el.closest("[id]");
    if (!region) return null;
    return () => (link && one(`a[href="${CSS.escape(link)}"]`, document.getElementById(region.id))) ||
      (item && document.getElementById(item.id)?.querySelector(el.tagName));
  };

  // Regions are changed entry by entry, so that frames, selections and open menus of what did not
  // change are left alone.
  const swapChildren = (region, fresh) => {
    const list = listOf(region), freshList = listOf(fresh);
    if (list !== region && region.querySelectorAll(":scope > :not(ol)").length + fresh.querySelectorAll(":scope > :not(ol)").length > 0) {
      region.replaceChildren(...fresh.childNodes);
      return;
    }
    const key = (el) => el.id ? "#" + el.id : el.tagName + served.get(el);
    const old = new Map([...list.children].map((el) => [key(el), el]));
    const next = [...freshList.children].map((el) => {
      const was = old.get(key(el));
      if (!was && el.id && old.size) el.classList.add("fresh");
      if (!was || served.get(was) !== served.get(el)) return el;
      old.delete(key(el));
      was.className = el.className;
      return was;
    });
    let at = list.firstElementChild;
    for (const el of next) {
      if (el === at) at = at.nextElementSibling; else list.insertBefore(el, at);
    }
    while (at) { const gone = at; at = at.nextElementSibling; gone.remove(); }
  };

  const swap = (text) => {
    const page = new DOMParser().parseFromString(text, "text/html");
    if (!one(".rail", page)) { location.reload(); return; } // logged out, or gone
    const refocus = focusPath();
    for (const region of all("[data-live]")) {
      const fresh = page.getElementById(region.id);
      if (!fresh) continue;
      record(fresh);
      if (served.get(fresh) === served.get(region)) continue;
      const scroller = region.closest(".list, .pane, .facts") || document.scrollingElement;
      const top = scroller.scrollTop;
      keep(region, fresh);
      const thread = region.id === "thread";
      if (thread) newWords(region, fresh);
      for (const a of [...fresh.attributes]) region.setAttribute(a.name, a.value);
      swapChildren(region, fresh);
      served.set(region, served.get(fresh));
      scroller.scrollTop = top;
    }
    takeVersion(page);
    document.title = page.title;
    if (refocus && (document.activeElement === body || !document.activeElement)) refocus()?.focus({ preventScroll: true });
    dress();
  };

  // While something is typed, the version that the page was made at is kept if there are new words: the
  // server then stops the answer, and it is sent only by a second, knowing click.
  const newWords = (region, fresh) => {
    const form = one("#reply"), text = one("#reply-text");
    if (!form || !text || region.dataset.seen === fresh.dataset.seen || !text.value.trim()) return;
    form.dataset.stopped = "";
    const box = one("#newwords");
    if (box && fresh.dataset.words) {
      box.textContent = body.dataset.newwords.replace("{who}", fresh.dataset.words);
      box.hidden = false;
    }
  };
  const takeVersion = (page) => {
    const fresh = one("#reply", page), form = one("#reply");
    if (!fresh || !form) { if (!!fresh !== !!form && !one("#reply-text")?.value.trim()) location.reload(); return; }
    if (form.dataset.stopped !== undefined && one("#reply-text")?.value.trim()) return;
    delete form.dataset.stopped;
    for (const name of ["version", "seen"]) {
      if (form.elements[name] && fresh.elements[name]) form.elements[name].value = fresh.elements[name].value;
    }
    const lines = one(".lines", form), now = one(".lines", fresh);
    const touched = (field) => field.matches("select") ? !field.selectedOptions[0]?.defaultSelected && field.selectedIndex > 0 : field.value !== field.defaultValue;
    if (lines && now && !lines.contains(document.activeElement) && !all("input, select", lines).some(touched)) lines.replaceWith(now);
    const box = one("#newwords");
    if (box) box.hidden = true;
  };

  let refreshing = false, again = false;
  const refresh = async () => {
    if (refreshing) { again = true; return; }
    refreshing = true;
    try {
      const answer = await fetch(location.pathname + location.search, { headers: { Accept: "text/html" }, credentials: "same-origin" });
      if (answer.status === 401) { location.reload(); return; }
      if (answer.ok) swap(await answer.text());
    } catch { /* the stream tells when the connection is back */ } finally {
      refreshing = false;
      if (again) { again = false; later(); }
    }
  };
  let timer = 0;
  const later = () => { clearTimeout(timer); timer = setTimeout(refresh, 120); };

  const markRead = () => {
    const number = board()?.dataset.number;
    if (!number || document.visibilityState !== "visible" || !one(".entry.unread, .row-item.current.unread, .row-item.current.mentioned")) return;
    fetch(`/protocols/${number}/read`, { method: "POST", credentials: "same-origin" }).catch(() => {});
  };

  const passing = (c) => c.kind === "writing" || c.kind === "looking";
  const onChange = (event) => {
    const changes = JSON.parse(event.data).filter((c) => !passing(c) || c.number === board()?.dataset.number && !c.own);
    if (!changes.length) return;
    if (changes.some(passing)) { clearTimeout(writers); writers = setTimeout(later, 61000); } // they may just stop
    if (changes.some((c) => c.kind === "message" || c.kind === "opened")) {
      announce = true;
    }
    later();
  };
  let announce = false, writers = 0;
  const afterSwap = () => {
    if (!announce) return;
    announce = false;
    const row = one(".row-item.fresh .who, .row-item.unread .who");
    say(row ? body.dataset.message.replace("{who}", row.textContent) : body.dataset.changed);
  };

  let stream, offline = 0;
  const connect = () => {
    if (!body.dataset.seq || !window.EventSource) return;
    stream = new EventSource("/events?" + new URLSearchParams({ after: body.dataset.seq, at: board()?.dataset.number ?? "" }));
    stream.addEventListener("change", onChange);
    stream.addEventListener("stale", later);
    stream.addEventListener("bye", () => { stream.close(); location.reload(); });
    stream.onopen = () => { clearTimeout(offline); one("#offline").hidden = true; };
    stream.onerror = () => {
      clearTimeout(offline);
      offline = setTimeout(() => { one("#offline").hidden = false; }, 8000);
      if (stream.readyState === EventSource.CLOSED) setTimeout(connect, 15000);
    };
  };
  window.addEventListener("pagehide", () => stream?.close());
  window.addEventListener("pageshow", (e) => { if (e.persisted) { connect(); later(); } });

  // ---- Drafts: what is typed is kept in this browser until it is sent.

  // The page that follows a form that was carried out names the entry that it made.
  const forgetSent = () => {
    try {
      for (const name of Object.keys(localStorage)) {
        if (name.startsWith("recado/") && JSON.parse(localStorage.getItem(name)).sent) localStorage.removeItem(name);
      }
    } catch { /* not ours */ }
  };
  const drafts = () => {
    for (const form of all("form[data-draft]")) {
      const text = one("textarea", form);
      if (!text || text.dataset.kept) continue;
      text.dataset.kept = "1";
      const name = "recado/" + form.dataset.draft, state = one("[data-draft-state]", form);
      const show = () => { if (state) { state.hidden = !text.value.trim(); state.textContent = body.dataset.draft; } };
      const key = form.elements.key, fresh = key.value;
      if (location.hash.startsWith("#m-")) forgetSent();
      let saved = null, timer = 0, stop = null;
      try { saved = JSON.parse(localStorage.getItem(name)); } catch { /* not ours */ }
      // What the server had and has no more was sent, or thrown away, at another desk.
      if (saved?.kept && !saved.sent && form.dataset.save && !text.value) { localStorage.removeItem(name); saved = null; }
      // What was typed since the server heard something last, and never reached it, goes on; another desk's words do not give way.
      const unheard = saved?.text && !saved.sent && !saved.kept && saved.heard === text.value && saved.text !== text.value;
      let heard = text.value;
      if (saved?.text && (!text.value || unheard || form.dataset.undone !== undefined && !saved.sent)) {
        // Whether it was sent is not known then: with its old key the server sends it once at most.
        text.value = saved.text;
        key.value = saved.key;
        form.closest("details")?.setAttribute("open", "");
        show();
      }
      if (form.dataset.undone !== undefined) text.setSelectionRange(text.value.length, text.value.length);
      const store = (sent, kept) => {
        try {
          if (text.value.trim()) localStorage.setItem(name, JSON.stringify({ text: text.value, key: key.value, sent, kept, heard }));
          else localStorage.removeItem(name);
        } catch { /* no room: the page still has it */ }
      };
      // The server keeps it too, so that it is found at another desk.
      const save = async () => {
        timer = 0;
        stop = new AbortController();
        const fields = new URLSearchParams();
        for (const part of ["text", "to", "cc", "channel", "subject", "department"]) fields.set(part, form.elements[part]?.value ?? "");
        try {
          const answer = await fetch(form.dataset.save, { method: "POST", body: fields, keepalive: fields.toString().length < 60000, signal: stop.signal });
          if (answer.ok) heard = fields.get("text");
          if (answer.ok && !timer) { store(false, true); show(); }
        } catch { /* this browser has it */ }
      };
      form.addEventListener("click", (e) => {
        const instead = e.target.closest("[name=instead]");
        if (!instead) return;
        e.preventDefault();
        form.elements.to.value = instead.value;
        instead.closest(".instead").hidden = true;
        form.elements.to.focus();
        form.elements.to.dispatchEvent(new Event("input", { bubbles: true }));
      });
      if (form.dataset.save) {
        form.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(save, 900); });
        if (unheard) timer = setTimeout(save, 900);
        window.addEventListener("pagehide", () => { if (timer) { clearTimeout(timer); save(); } });
        form.addEventListener("submit", () => { clearTimeout(timer); timer = 0; stop?.abort(); });
      }
      text.addEventListener("input", () => { key.value = fresh; store(false); show(); });
      form.addEventListener("submit", (e) => {
        if (form.dataset.sending) { e.preventDefault(); return; }
        form.dataset.sending = "1";
        setTimeout(() => { delete form.dataset.sending; }, 5000);
        store(true);
      });
    }
  };

  // ---- Files: chosen, dropped or pasted, they are kept with the draft at once, and what is too much is said before.

  const bytes = (n) => n < 1e6 ? Math.max(1, Math.round(n / 1000)) + " kB" : (n / 1e6).toLocaleString(document.documentElement.lang, { maximumFractionDigits: 1 }) + " MB";
  const changeFiles = async (form, fields) => {
    fields.append("live", "1");
    const answer = await fetch(form.dataset.save, { method: "POST", body: fields, credentials: "same-origin" });
    if (!answer.ok) throw new Error(answer.statusText);
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
    one(".kept", form).replaceWith(one(".kept", fresh));
    say([...all(".kept .name", form)].map((n) => n.textContent).join(", "));
  };
  const complain = (form, text) => {
    const p = document.createElement("p");
    p.className = "notice warn";
    p.setAttribute("role", "alert");
    p.textContent = text;
    one(".kept", form).prepend(p);
  };
  // A picture stands in the text as a mark of its name.
  const mark = (name) => `[image: ${name}]`;
  const typeIn = (form, words) => {
    const text = one("textarea", form);
    text.setRangeText(words, text.selectionStart, text.selectionEnd, "end");
    text.dispatchEvent(new Event("input", { bubbles: true }));
  };
  const placeable = (file) => ["image/png", "image/jpeg", "image/gif", "image/webp"].includes(file.type);
  const attachOne = async (form, input, file, place) => {
    const sum = Number(one(".kept", form).dataset.sum) + file.size, name = file.name || "image.png";
    if (sum > Number(input.dataset.limit)) { complain(form, input.dataset.over.replace("{have}", bytes(sum)).replace("{name}", name)); return; }
    const state = document.createElement("p"), fields = new FormData();
    state.className = "small";
    state.textContent = input.dataset.uploading.replace("{name}", name);
    one(".kept", form).append(state);
    fields.append("files", file, name);
    try {
      await changeFiles(form, fields);
      const last = all(".kept button[name=place]", form).pop(); // which it may have become
      if (place && placeable(file) && last?.closest("li").matches(":last-child")) typeIn(form, mark(last.dataset.name));
    } catch { state.remove(); complain(form, input.dataset.failed.replace("{name}", name)); }
  };
  // One after the other: what fits depends on what is there.
  const attaching = new WeakMap();
  const attach = (form, files, place = false) => {
    const input = one("input[type=file]", form);
    const last = files.reduce((before, file) => before.then(() => attachOne(form, input, file, place)), attaching.get(form) ?? Promise.resolve());
    attaching.set(form, last);
    last.then(() => { if (attaching.get(form) === last) attaching.delete(form); });
  };
  const watchFiles = () => {
    for (const form of all("form.compose[data-save]:not([data-watched])")) {
      const input = one("input[type=file]", form), pane = form.closest(".pane, main");
      if (!input) continue;
      form.dataset.watched = "1";
      input.addEventListener("change", () => { const files = [...input.files]; input.value = ""; attach(form, files); });
      form.addEventListener("click", (e) => {
        const button = e.target.closest("button[name=remove], button[name=place]"), text = one("textarea", form);
        if (!button) return;
        e.preventDefault();
        if (button.name === "place") { typeIn(form, mark(button.dataset.name)); text.focus(); return; }
        if (text.value.includes(mark(button.dataset.name))) {
          text.value = text.value.replaceAll(mark(button.dataset.name), "");
          text.dispatchEvent(new Event("input", { bubbles: true }));
        }
        const fields = new FormData();
        fields.append("remove", button.value);
        changeFiles(form, fields).then(() => input.focus(), () => form.requestSubmit(button));
      });
      const carries = (e) => e.dataTransfer && [...e.dataTransfer.types].includes("Files");
      pane.addEventListener("dragover", (e) => { if (carries(e)) { e.preventDefault(); form.classList.add("dropping"); } });
      pane.addEventListener("dragleave", (e) => { if (!pane.contains(e.relatedTarget)) form.classList.remove("dropping"); });
      pane.addEventListener("drop", (e) => {
        if (!carries(e)) return;
        e.preventDefault();
        form.classList.remove("dropping");
        attach(form, [...e.dataTransfer.files], e.target.closest("textarea")?.form === form);
      });
      form.addEventListener("paste", (e) => {
        if (!e.clipboardData?.files.length) return;
        e.preventDefault();
        attach(form, [...e.clipboardData.files], true);
      });
      form.addEventListener("submit", (e) => { // what is being attached goes along
        if (!attaching.has(form)) return;
        e.preventDefault();
        e.stopImmediatePropagation();
        attaching.get(form).then(() => form.requestSubmit());
      }, true);
    }
  };

  // ---- What was sent can be undone for a few seconds, which are counted.

  const countDown = () => {
    for (const form of all("form.undo:not([data-counted])")) {
      form.dataset.counted = "1";
      const end = performance.now() + Number(form.dataset.left) * 1000;
      const tick = () => {
        const left = Math.ceil((end - performance.now()) / 1000);
        form.hidden = left <= 0;
        one("[data-count]", form).textContent = Math.max(0, left);
        if (left > 0 && form.isConnected) setTimeout(tick, 250);
      };
      tick();
    }
  };

  // ---- Frames are as high as the mail in them.

  const fit = (frame) => {
    try {
      const doc = frame.contentDocument?.documentElement;
      if (doc) frame.style.height = Math.min(Math.max(doc.scrollHeight + 4, 80), 20000) + "px";
    } catch { /* not loaded yet */ }
  };

  const dress = () => {
    for (const frame of all("iframe[data-fit]")) {
      if (frame.dataset.fitted) continue;
      frame.dataset.fitted = "1";
      frame.addEventListener("load", () => fit(frame));
      fit(frame);
    }
    for (const b of all("[data-copy], [data-keys], #filter")) b.hidden = false;
    watchFiles();
    drafts();
    countDown();
    find();
    afterSwap();
    markRead();
  };

  // ---- Select many: the server does the rest, and style sheets show the bar.

  let lastPick = "";
  const box = (row) => one(".pick input", row);
  const pick = (row, on) => { const b = box(row); if (b) b.checked = on; };
  const picked = () => all("#list .pick input:checked");
  const sayPicked = () => {
    const form = one("#many"), n = picked().length;
    if (form) say((n === 1 ? form.dataset.pickedOne : form.dataset.picked).replace("{n}", n));
  };
  const pickAll = (on) => { for (const row of all("#list .row-item:not([hidden])")) pick(row, on); sayPicked(); };
  const pickTo = (row, on, range) => {
    const list = all("#list .row-item:not([hidden])"), from = list.findIndex((r) => r.id === lastPick), to = list.indexOf(row);
    for (const r of range && from >= 0 ? list.slice(Math.min(from, to), Math.max(from, to) + 1) : [row]) pick(r, on);
    lastPick = row.id;
    sayPicked();
  };
  document.addEventListener("click", (e) => {
    if (e.target.matches(".pick input")) pickTo(e.target.closest(".row-item"), e.target.checked, e.shiftKey);
    const every = e.target.closest("[data-all], [data-none]");
    if (every) { e.preventDefault(); pickAll("all" in every.dataset); }
  });
  const pickHere = (range) => {
    const row = document.activeElement?.closest("#list .row-item") || one("#list .row-item.current");
    if (!row || row.offsetParent === null) { move(0); return; }
    if (box(row)) pickTo(row, range || !box(row).checked, range);
  };
  const many = (id, field) => {
    const panel = picked().length && document.getElementById(id);
    if (!panel) return false;
    panel.open = true;
    document.getElementById(field).focus();
    return true;
  };

  // ---- Find in the list.

  const find = () => {
    const field = one("#filter");
    if (!field) return;
    const words = field.value.toLowerCase().normalize("NFD").replace(/\p{M}/gu, "").split(/\s+/).filter(Boolean);
    for (const row of all("#list .row-item")) {
      const text = words.length ? row.textContent.toLowerCase().normalize("NFD").replace(/\p{M}/gu, "") : "";
      row.hidden = !words.every((w) => text.includes(w));
      if (row.hidden) pick(row, false); // what is not seen is not acted upon
    }
  };
  document.addEventListener("input", (e) => { if (e.target.id === "filter") find(); });

  document.addEventListener("click", async (e) => {
    const copy = e.target.closest("[data-copy]");
    if (copy) {
      try { await navigator.clipboard.writeText(copy.dataset.copy); say(body.dataset.copied); copy.textContent = body.dataset.copied; } catch { /* it can be selected */ }
    }
    if (e.target.closest("[data-keys]")) one("#keys").showModal();
    const jump = e.target.closest("[data-write]");
    if (jump) { e.preventDefault(); write(jump.dataset.write); }
    for (const menu of all("details.me[open], details.end[open], details.verdict[open]")) if (!menu.contains(e.target)) menu.open = false;
  });

  // ---- Canned answers: the chosen text is put in at the caret. Without an answer the form goes as it does
  // without a script.

  document.addEventListener("focusin", (e) => { if (e.target.matches("textarea")) e.target.dataset.caret = ""; });
  document.addEventListener("click", async (e) => {
    const insert = e.target.closest("[data-canned]"), form = insert?.form;
    if (!form || !form.elements.canned.value) return;
    e.preventDefault();
    const field = one("textarea", form), refused = one("[data-canned-refused]", form), query = new URLSearchParams(insert.dataset.canned);
    query.set("language", form.elements.canned_language?.value ?? "");
    if (form.elements.department) query.set("department", form.elements.department.value);
    let answer, text;
    try {
      answer = await fetch(`/canned/${form.elements.canned.value}/text?${query}`, { credentials: "same-origin" });
      text = await answer.text();
    } catch { form.requestSubmit(insert); return; }
    refused.hidden = answer.ok;
    refused.textContent = answer.ok ? "" : text;
    if (!answer.ok) return;
    const end = field.dataset.caret === undefined; // nobody has put the caret anywhere
    field.setRangeText(text, end ? field.value.length : field.selectionStart, end ? field.value.length : field.selectionEnd, "end");
    field.dispatchEvent(new Event("input", { bubbles: true }));
    insert.closest("details").open = false;
    field.focus();
  });

  // ---- Mentions: after an @ in a note the colleagues are suggested whose names begin so.

  let asked = 0;
  const suggestions = () => one(".colleagues");
  const choose = (by) => {
    const list = all("[role=option]", suggestions()), at = list.findIndex((o) => o.getAttribute("aria-selected") === "true");
    list.forEach((o, i) => o.setAttribute("aria-selected", String(i === (at + by + list.length) % list.length)));
    one("#note-text").setAttribute("aria-activedescendant", one("[aria-selected=true]", suggestions()).id);
  };
  const unsuggest = () => {
    asked++;
    suggestions()?.remove();
    for (const name of ["aria-activedescendant", "aria-controls"]) one("#note-text")?.removeAttribute(name);
  };
  const begunName = (field) => field.value.slice(0, field.selectionStart).match(/(?:^|[^\p{L}\p{N}_])@([\p{L}\p{N}][\p{L}\p{N}._\- ]{0,40})$/u)?.[1];
  const suggest = async (field) => {
    const name = begunName(field);
    unsuggest();
    if (!name) return;
    const mine = asked;
    try {
      const answer = await fetch(field.dataset.mentions + "?begins=" + encodeURIComponent(name), { credentials: "same-origin" });
      const list = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector(".colleagues");
      if (!answer.ok || mine !== asked || !list?.children.length) return;
      field.after(list);
      field.setAttribute("aria-controls", list.id);
      choose(1);
      say(field.dataset.found.replace("{n}", list.children.length));
    } catch { /* it can be typed */ }
  };
  const putIn = (option) => {
    const field = one("#note-text"), end = field.selectionStart, name = begunName(field);
    if (name) field.setRangeText(option.dataset.name + " ", end - name.length, end, "end");
    field.dispatchEvent(new Event("input", { bubbles: true }));
    unsuggest();
    field.focus();
  };
  document.addEventListener("input", (e) => { if (e.target.dataset.mentions) suggest(e.target); });
  document.addEventListener("click", (e) => {
    const option = e.target.closest(".colleagues [role=option]");
    if (option) putIn(option); else if (suggestions()) unsuggest();
  });
  document.addEventListener("keydown", (e) => {
    if (!suggestions() || !e.target.dataset.mentions || e.ctrlKey || e.metaKey || e.isComposing) return;
    const keys = { ArrowDown: () => choose(1), ArrowUp: () => choose(-1), Escape: unsuggest, Enter: () => putIn(one("[aria-selected=true]", suggestions())) };
    keys.Tab = keys.Enter;
    if (keys[e.key]) { e.preventDefault(); keys[e.key](); }
  });

  // ---- Keys.

  const rows = () => all("#list .row-item:not([hidden]) > a");
  const move = (by) => {
    const list = rows();
    if (!list.length) return;
    let at = list.indexOf(document.activeElement);
    if (at < 0) at = list.findIndex((a) => a.parentElement.classList.contains("current"));
    const next = list[Math.max(0, Math.min(list.length - 1, at < 0 ? 0 : at + by))];
    const hidden = next.offsetParent === null; // a phone shows the list or the conversation
    if (hidden) location.href = next.href; else next.focus();
  };
  const write = (id) => {
    const field = document.getElementById(id);
    if (!field) return;
    field.closest("details")?.setAttribute("open", "");
    field.focus();
    field.scrollIntoView({ block: "nearest" });
  };
  const leave = () => {
    if (one("#facts:popover-open, #menu:popover-open")) return;
    const open = one("details.me[open], details.end[open], details.verdict[open]");
    if (open) { open.open = false; one("summary", open)?.focus(); return; }
    const el = document.activeElement;
    if (el && el.matches("input:not([type=checkbox]), textarea, select")) {
      if (el.id === "filter" && el.value) { el.value = ""; find(); }
      el.blur();
      return;
    }
    if (picked().length) { pickAll(false); return; }
    const back = one("[data-leave]");
    if (back) location.href = back.href;
  };
  let prefix = 0;
  document.addEventListener("keydown", (e) => {
    const typing = e.target.matches("input:not([type=radio], [type=checkbox], [type=file]), textarea, select");
    if (e.key === "Enter" && (e.ctrlKey || e.metaKey) && e.target.form?.matches(".compose")) {
      e.preventDefault();
      e.target.form.requestSubmit();
      return;
    }
    if (e.key === "Enter" && typing && e.target.form?.id === "many") {
      e.preventDefault();
      one("button[name=do]", e.target.closest("details"))?.click();
      return;
    }
    if (e.defaultPrevented || e.isComposing || one("dialog[open]")) return;
    if (e.key === "Escape") { leave(); return; }
    if (typing || e.ctrlKey || e.metaKey || e.altKey) return;
    if (prefix && Date.now() - prefix < 1500) {
      prefix = 0;
      const link = one(`[data-go="${CSS.escape(e.key)}"]`);
      if (link) { e.preventDefault(); location.href = link.href; }
      return;
    }
    const actions = {
      j: () => move(1), k: () => move(-1), r: () => write(one("#resume-text") ? "resume-text" : "reply-text"), n: () => write("note-text"),
      x: () => pickHere(false), X: () => pickHere(true),
      e: () => { if (many("many-finalize", "many-classification")) return; const end = one("#end"); if (end) { end.open = true; one("#classification")?.focus(); } },
      "/": () => { const f = one("#search, #filter"); if (f && f.offsetParent) { f.focus(); f.select(); } },
      "?": () => one("#keys")?.showModal(),
      a: () => many("many-assign", "many-agent") || write("agent"), t: () => many("many-transfer", "many-to") || write("to"),
      z: () => one("form.undo:not([hidden]) button, form.undo-many button")?.click(),
      c: () => write("canned-pick"),
      g: () => { prefix = Date.now(); },
    };
    if (actions[e.key]) { e.preventDefault(); actions[e.key](); }
  });

  // The newest words are what a page opens at; a row that is on the screen is scrolled to.
  const begin = () => {
    one(".row-item.current")?.scrollIntoView({ block: "nearest" });
    const pane = one(".at-one .pane");
    if (pane && !location.hash && one("#thread")) {
      const entry = one(".entry.unread") || all(".entry", pane).pop();
      const head = one("#head", pane);
      if (entry && pane.scrollHeight > pane.clientHeight) pane.scrollTop += entry.getBoundingClientRect().top - head.getBoundingClientRect().bottom;
    }
  };
  all("[data-live]").forEach(record);
  if (/[?&]all=1/.test(location.search)) history.replaceState(null, "", one("[data-none]")?.href || location.pathname); // what comes later was not selected
  dress();
  begin();
  connect();
  document.addEventListener("visibilitychange", () => { if (document.visibilityState === "visible") markRead(); });
})();
