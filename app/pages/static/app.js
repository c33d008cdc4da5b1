// The pages work without this, by plain forms. With it the secret of a link leaves the address before anything else. It
// stays in this tab, with what was typed, until that is sent or cleared, or the tab is closed.
"use strict";
(() => {
  const doc = document, root = doc.documentElement, $ = (id) => doc.getElementById(id);
  const all = (selector, within = doc) => within.querySelectorAll(selector);
  // What people paste: a link, or a text with a link in it. A code stands behind "c=", a token behind "m=", and `key`, the
  // commitment of a blind round, behind "k=". Mail programs turn "#" into "%23", and "%" into "%25". The server does the rest.
  const ascii = (text) => text.replace(/%([0-7][\da-f])/gi, (_, hex) => String.fromCharCode(parseInt(hex, 16)));
  const read = (pasted) => {
    const text = ascii(ascii(ascii(pasted)));
    const secret = /(?:^|[#&?;\s])[cm]=([^&]*)/i.exec(text) || /^[#\s]*([\w-]{26,})\s*$/.exec(text);
    const key = /(?:^|[#&?;\s])k=([\w-]{22})/i.exec(text);
    return { secret: secret && secret[1], key: key && key[1] };
  };
  const plain = (typed) => typed.normalize("NFKC").replace(/[\p{Pd}\u2212\s]/gu, "-").replace(/[^\w-]/g, "");
  const path = /^\/(?:(?:r|q|offer|requests)\/[\da-f-]{36}|requests|confirm)(?![\w-])/i.exec(location.pathname)?.[0];
  const rest = (location.pathname + location.search + location.hash).slice(path?.length);
  const link = path ? read(rest) : {};
  // A scanner with a script of its own must not confirm anybody's address: there, a person presses the button.
  const waits = path === "/confirm";
  if (path && rest) history.replaceState(null, "", path);
  if (!waits && (link.secret || link.key)) root.classList.add("js-opening");
  root.classList.add("js");

  // Lengths tell who wrote what: all that is sent has the first, or, where a script takes many bytes, the second.
  const LENGTHS = [32768, 65536];
  const encode = (fields, pad) => {
    const body = fields.map(([name, value]) => `${name}=${value.replace(/[%&+=]/g, encodeURIComponent)}`).join("&");
    const size = new TextEncoder().encode(body).length + 5;
    return pad ? `${body}&pad=${"x".repeat(LENGTHS.find((length) => length >= size) - size || 0)}` : body;
  };
  const send = (form, what, more = {}) => {
    const fields = [...new FormData(form)].filter(([name]) => name !== "do" && !(name in more));
    return fetch(location.pathname, {
      method: "POST",
      body: encode([...fields, ...Object.entries(more), ["do", what]], form.matches("[data-pad]")),
      headers: { "Content-Type": "application/x-www-form-urlencoded", Accept: "text/html" },
      credentials: "omit", redirect: "error",
    });
  };
  const parse = async (response) => new DOMParser().parseFromString(await response.text(), "text/html");
  const say = (text) => { $("status").textContent = text; };

  let busy = false;
  // `more` are fields besides those of the form; `instead` may take the page that comes, and nothing is shown then.
  const submit = async (form, what, more, instead) => {
    if (busy) return;
    busy = true;
    $("main").setAttribute("aria-busy", "true");
    try {
      const response = await send(form, what, more);
      if (response.ok && !/html/.test(response.headers.get("Content-Type"))) await keep(response);
      else {
        const page = await parse(response);
        // A page of ours holds the form, or says that the time is over; any other "no" must not take its place.
        if (!response.ok && ![409, 410].includes(response.status) && !page.querySelector("#main form"))
          throw page.querySelector("#main p")?.textContent;
        if (response.ok) debrief.drafts.sent(form, what, page);
        if (!instead?.(page)) show(page);
      }
      say("");
    } catch (reason) {
      say(typeof reason === "string" ? `Nothing is lost. ${reason}` : "That did not arrive. Nothing is lost: please try again.");
    }
    busy = false;
    $("main").removeAttribute("aria-busy");
    root.classList.remove("js-opening");
  };
  // While the check is shown, the form waits here: to change something asks nothing of the server.
  let waiting = null, checkedAt = 0;
  const show = (page) => {
    const main = page.getElementById("main");
    waiting = null;
    if (main.querySelector("[data-check]")) {
      waiting = { main: $("main"), title: doc.title, y: scrollY };
      checkedAt = performance.now();
      history.pushState("check", "");
    }
    place(main, page.title);
    const target = doc.querySelector("[data-focus]") || $("main");
    target.focus({ preventScroll: true });
    target.id === "problems" ? target.scrollIntoView() : scrollTo(0, 0);
  };
  const place = (main, title) => {
    doc.title = title;
    $("main").replaceWith(main);
    main.removeAttribute("aria-busy");
    run(main);
    ready();
    doc.dispatchEvent(new Event("shown"));
  };
  const change = () => {
    if (!waiting) return;
    const { main, title, y } = waiting;
    waiting = null;
    place(main, title);
    $("main").querySelector("h1").focus({ preventScroll: true });
    scrollTo(0, y);
  };
  addEventListener("popstate", change);

  const keep = async (response) => {
    save(await response.blob(), response.headers.get("Content-Disposition").split('"')[1]);
  };
  const save = (blob, name) => {
    const file = doc.createElement("a");
    file.href = URL.createObjectURL(blob);
    file.download = name;
    file.click();
  };
  // A script that arrives in a page like this is not run by itself. Those of blind rounds are large, and seldom needed.
  const known = new Set();
  const run = (within) => all("script", within).forEach((one) => {
    const src = one.getAttribute("src");
    if (known.has(src)) return;
    known.add(src);
    const script = Object.assign(doc.createElement("script"), { src, integrity: one.integrity, async: false });
    script.onerror = () => say("A part of this page did not arrive whole. Nothing was sent: please open your link again.");
    doc.head.append(script);
  });

  const limit = (set) => {
    const full = all("[type=checkbox]:checked", set).length >= set.dataset.most;
    all("[type=checkbox]:not(:checked)", set).forEach((box) => { box.disabled = full; });
  };
  const ready = () => {
    all("[data-copy], [data-print], [data-blind], [data-clear]").forEach((button) => { button.hidden = false; });
    all("[data-share]").forEach((button) => { button.hidden = !navigator.share; });
    all("[data-draft]").forEach(drafts.restore);
    all("[data-most]").forEach(limit);
    all("[data-people]").forEach(count);
    all("time[datetime*=T]").forEach((time) => {
      time.textContent = new Date(time.dateTime).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
    });
  };

  // What is missing is said without asking the server, all of it at once, and goes when it is mended.
  const filled = (within, name, value) => [...all(`[name="${name}"]`, within)].some(
    (one) => (/radio|checkbox/.test(one.type) ? one.checked && (!value || one.value === value) : one.value.trim()));
  const isMissing = (one) => {
    const [name, value] = (one.dataset.if || "").split("=");
    return (!name || filled(one.form || one.closest("form"), name, value)) &&
      ![...all("input, textarea, select", one)].some((field) => (/radio|checkbox/.test(field.type) ? field.checked : field.value.trim()));
  };
  const element = (tag, attributes, ...content) => {
    const made = doc.createElement(tag);
    Object.entries(attributes).forEach(([name, value]) => made.setAttribute(name, value));
    made.append(...content);
    return made;
  };
  const complain = (form, what) => {
    const aside = $("decline"), declines = what === "check_decline" && aside;
    const missing = [...all("[data-needed]", declines || form)].filter((one) => (declines || !aside?.contains(one)) && isMissing(one));
    all(".problems, .fault", form).forEach((one) => one.remove());
    if (!missing.length) return false;
    const links = missing.map((one) => {
      const target = one.id || one.querySelector("[id]").id, field = $(target), text = one.dataset.needed;
      field.setAttribute("aria-invalid", "true");
      field.setAttribute("aria-describedby", `e-${target}`);
      const place = one.matches("fieldset") ? one.querySelector("legend").nextSibling : field.closest("label") || field;
      place.before(element("p", { class: "fault", id: `e-${target}` }, text));
      return element("li", {}, element("a", { href: `#${target}` }, text));
    });
    const box = element("div", { class: "problems", id: "problems", role: "alert", tabindex: "-1" },
      element("h2", {}, "Please look at this once more"), element("ul", {}, ...links));
    declines ? declines.querySelector(".sheet").prepend(box) : form.querySelector("h1 ~ *").before(box);
    box.focus({ preventScroll: true });
    box.scrollIntoView();
    return true;
  };
  const mend = (field) => {
    const place = field.closest("[data-needed]") || field.closest("fieldset, .field"), bad = place && (place.matches("[aria-invalid]") ? place : place.querySelector("[aria-invalid]"));
    if (!bad || (place.dataset.needed && isMissing(place))) return;
    const id = bad.id || bad.name;
    bad.removeAttribute("aria-invalid");
    bad.removeAttribute("aria-describedby");
    $(`e-${id}`)?.remove();
    all(".problems li").forEach((one) => { if (one.querySelector("a")?.hash === `#${id}`) one.remove(); });
    all(".problems").forEach((box) => { if (!box.querySelector("li")) box.remove(); });
  };

  doc.addEventListener("submit", (event) => {
    const form = event.target, button = event.submitter, what = button ? button.value : "";
    if (!form.matches("[data-swap]")) return;
    event.preventDefault();
    // Enter in a text field is no wish to send anything.
    if (button?.matches(".unseen")) return;
    if (form.matches(".enter") && what === "open") return enter(form);
    if (what === "change" && waiting) return history.back();
    if (what.startsWith("check") && complain(form, what)) return;
    submit(form, what);
  });
  // The second tap of two on "Check" must not press what stands in its place on the next page.
  doc.addEventListener("click", (event) => {
    if (!event.target.closest("[data-check] button") || performance.now() - checkedAt > 400) return;
    event.preventDefault();
    event.stopImmediatePropagation();
  }, true);
  let pointed = false;
  addEventListener("pointerdown", () => { pointed = true; });
  addEventListener("keydown", () => { pointed = false; });
  doc.addEventListener("input", ({ target }) => {
    mend(target);
    if (target.matches("[data-people]")) count(target);
  });
  // How many of those named have to answer. No live region: it would be read at each letter.
  const count = (names) => {
    const people = names.value.split("\n").filter((name) => name.trim()).length;
    if (people < 2) return;
    const need = people > 3 ? `3 of the ${people} have to answer` : people > 2 ? "All 3 have to answer" : "Both have to answer";
    $(names.dataset.people).textContent = `${need}. If fewer do, you read nothing.`;
  };
  doc.addEventListener("change", ({ target }) => {
    const set = target.closest("[data-most]"), go = target.closest("[data-go]");
    if (set) limit(set);
    mend(target);
    // A tapped reason goes on by itself. With the keyboard, which passes over all of them, a button does.
    if (go && pointed) submit(target.form, go.dataset.go);
  });
  doc.addEventListener("click", ({ target }) => {
    const button = target.closest("[data-copy], [data-share], [data-print], [data-blind], [data-clear]");
    if (!button) return;
    if (button.matches("[data-clear]")) {
      if (!confirm("Clear what you typed, and the code of your link, from this browser?")) return;
      store.clear();
      unsent = false;
      return location.reload();
    }
    if (button.matches("[data-blind]")) return run($("blind").content);
    const { copy, share } = button.dataset, source = $(copy || share);
    if (copy) {
      source.select();
      // Without https there is no clipboard: the older way copies what is selected.
      const copied = async () => { if (navigator.clipboard) await navigator.clipboard.writeText(source.value); else if (!doc.execCommand("copy")) throw 0; };
      copied().then(() => say("Copied."), () => say("Please copy the marked text."));
      setTimeout(() => say(""), 3000);
    } else if (share) navigator.share({ text: source.value }).catch(() => {});
    else print();
  });
  // Code and draft live in the storage of this tab: leaving the page must not cost anybody an answer. A form opts in by
  // "data-draft". A page with "data-sent" ends it; after a button with "data-sends" the fields of its form are forgotten.
  const PLACE = `debrief ${location.pathname}`;
  const store = {
    read: () => { try { return JSON.parse(sessionStorage.getItem(PLACE)) || {}; } catch { return {}; } },
    write: (more) => { try { sessionStorage.setItem(PLACE, JSON.stringify({ ...store.read(), ...more })); } catch { /* Then it lives in the page only. */ } },
    clear: () => { try { sessionStorage.removeItem(PLACE); } catch { /* There is nothing. */ } },
  };
  const isChoice = (one) => /radio|checkbox/.test(one.type);
  const controls = (form) => [...form.elements].filter((one) => one.name && one.name !== "do" && one.type !== "hidden" && !one.readOnly);
  let unsent = false;
  const drafts = {
    save: (form) => {
      const fields = store.read().fields || {}, { code, token, nonce } = form.elements;
      controls(form).forEach((one) => { fields[one.name] = []; });
      controls(form).forEach((one) => { if (!isChoice(one) || one.checked) fields[one.name].push(one.value); });
      store.write({ fields, secret: (code || token)?.value, nonce: nonce?.value });
    },
    restore: (form) => {
      const { fields } = store.read();
      if (!fields) return drafts.save(form);
      controls(form).forEach((one) => {
        const values = fields[one.name];
        if (!values) return;
        if (isChoice(one)) one.checked = values.includes(one.value);
        else one.value = values[0] ?? "";
        if (isChoice(one) ? !one.checked : !one.value) return;
        unsent ||= isChoice(one) || one.value !== one.defaultValue;
        for (let fold = one.closest("details"); fold; fold = fold.parentElement.closest("details")) fold.open = true;
      });
    },
    sent: (form, what, page) => {
      const { fields } = store.read(), sends = form.querySelector(`[data-sends][value="${what}"]`);
      if (page.querySelector("[data-sent]")) store.clear();
      else if (page.querySelector(".done")) store.write({ fields: undefined });
      else if (sends && fields) {
        controls(form).forEach((one) => { delete fields[one.name]; });
        store.write({ fields });
      } else {
        const secret = form.matches(".enter") && !page.querySelector("form.enter") && form.querySelector(".secret").value;
        if (secret) store.write({ secret, nonce: form.elements.nonce.value, key: debrief.key });
        return;
      }
      unsent = false;
    },
  };
  const typing = ({ target }) => {
    if (!target.form?.matches("[data-draft]")) return;
    unsent = true;
    drafts.save(target.form);
  };
  doc.addEventListener("input", typing);
  doc.addEventListener("change", typing);
  addEventListener("beforeunload", (event) => { if (unsent) event.preventDefault(); });

  const saved = store.read();
  if (saved.secret && link.secret && plain(link.secret) !== plain(saved.secret)) store.clear();
  else if (saved.secret && !waits) root.classList.add("js-opening");
  const kept = store.read();
  // What the script of blind rounds builds on. `key` is the commitment in the link: it stays here and is never sent.
  const debrief = globalThis.debrief = {
    code: link.secret || kept.secret, key: link.key || kept.key, plain, send, submit, parse, show, say, save, store, drafts,
    enter: () => {
      const form = doc.querySelector("form.enter");
      form.querySelector(".secret").value = debrief.code;
      if (!waits) submit(form, "open");
    },
  };
  // The secret that somebody has typed or pasted. With it may come the key of a blind round, which has to be checked first.
  const enter = (form) => {
    const field = form.querySelector(".secret"), typed = read(field.value);
    if (typed.secret) field.value = typed.secret;
    if (!typed.key || !$("blind")) return submit(form, "open");
    Object.assign(debrief, { code: typed.secret, key: typed.key });
    debrief.arrive ? debrief.arrive() : run($("blind").content);
  };
  // A fragment that leads nowhere in the page may be a secret that somebody has pasted.
  const strayed = () => location.hash && !$("reference") && !doc.getElementById(location.hash.slice(1));
  const clean = () => { if (strayed()) history.replaceState(null, "", path || location.pathname + location.search); };
  addEventListener("DOMContentLoaded", () => {
    clean();
    ready();
    const form = doc.querySelector("form.enter");
    if (!form) return;
    form.elements.nonce.value = kept.nonce || [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => (byte + 256).toString(16).slice(1)).join("");
    if ((debrief.key || kept.receipt) && $("blind")) run($("blind").content);
    else if (debrief.code) debrief.enter();
    else root.classList.remove("js-opening");
  });
  // For "back" the browser keeps a page, and with it secret and draft. It comes anew, from the storage of the tab.
  addEventListener("pagehide", () => {
    debrief.code = "";
    waiting = null;
    if (doc.querySelector("[data-swap]")) $("main").replaceChildren();
  });
  // A link pasted over the address of its own page loads nothing by itself, and would leave the secret there.
  addEventListener("hashchange", () => {
    const pasted = path && strayed() ? read(location.hash) : {};
    pasted.secret || pasted.key ? location.reload() : clean();
  });
  addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });
})();
