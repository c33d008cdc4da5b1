// The pages work without this, by plain forms. With it the secret of a link leaves the address before anything else, lives
// in the page only, and is gone when the page is left.
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

  let sent = 0, busy = false;
  // `more` are fields besides those of the form; `instead` may take the page that comes, and nothing is shown then.
  const submit = async (form, what, more, instead) => {
    if (busy) return;
    busy = true;
    sent += 1;
    $("main").setAttribute("aria-busy", "true");
    try {
      const response = await send(form, what, more);
      if (response.ok && !/html/.test(response.headers.get("Content-Type"))) await keep(response);
      else {
        const page = await parse(response);
        // A page of ours holds the form, or says that the time is over; any other "no" must not take its place.
        if (!response.ok && ![409, 410].includes(response.status) && !page.querySelector("#main form"))
          throw page.querySelector("#main p")?.textContent;
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
  const show = (page) => {
    doc.title = page.title;
    $("main").replaceWith(page.getElementById("main"));
    run($("main"));
    ready();
    doc.dispatchEvent(new Event("shown"));
    const target = doc.querySelector("[data-focus]") || $("main");
    target.focus({ preventScroll: true });
    target.id === "problems" ? target.scrollIntoView() : scrollTo(0, 0);
  };
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

  let timer;
  const look = (form) => {
    clearTimeout(timer);
    timer = setTimeout(async () => {
      const turn = (sent += 1);
      try {
        const fresh = (await parse(await send(form, "preview"))).getElementById("preview");
        // Read aloud again only when it has changed.
        if (turn === sent && fresh && $("preview") && $("preview").innerHTML !== fresh.innerHTML)
          $("preview").replaceChildren(...fresh.childNodes);
      } catch { /* The next change tries again. */ }
    }, 500);
  };

  const limit = (set) => {
    const full = all("[type=checkbox]:checked", set).length >= set.dataset.most;
    all("[type=checkbox]:not(:checked)", set).forEach((box) => { box.disabled = full; });
  };
  const ready = () => {
    all("[data-copy], [data-print], [data-blind]").forEach((button) => { button.hidden = false; });
    all("[data-share]").forEach((button) => { button.hidden = !navigator.share; });
    all("[data-most]").forEach(limit);
    all("[data-people]").forEach(count);
    all("time[datetime*=T]").forEach((time) => {
      time.textContent = new Date(time.dateTime).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
    });
  };

  doc.addEventListener("submit", (event) => {
    const form = event.target, what = event.submitter ? event.submitter.value : "";
    if (!form.matches("[data-swap]")) return;
    event.preventDefault();
    if (form.matches(".enter") && what === "open") return enter(form);
    what === "preview" ? look(form) : submit(form, what);
  });
  doc.addEventListener("input", ({ target }) => {
    if (target.form && target.form.matches("[data-preview]")) look(target.form);
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
    const set = target.closest("[data-most]"), worry = target.closest("[data-fills]");
    if (set) limit(set);
    if (!worry) return;
    // A worry that counted is the likeliest doubt.
    const doubt = doc.getElementsByName(worry.dataset.fills)[0], text = worry.dataset.text;
    const counted = ["decisive", "some"].includes(target.value);
    if (counted && !doubt.value) doubt.value = text;
    else if (!counted && doubt.value === text) doubt.value = "";
  });
  doc.addEventListener("click", ({ target }) => {
    const button = target.closest("[data-copy], [data-share], [data-print], [data-blind]");
    if (!button) return;
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
  // What the script of blind rounds builds on. `key` is the commitment in the link: it stays here and is never sent.
  const debrief = globalThis.debrief = {
    code: link.secret, key: link.key, plain, send, submit, parse, show, say, save,
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
    form.elements.nonce.value = [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => (byte + 256).toString(16).slice(1)).join("");
    if (debrief.key && $("blind")) run($("blind").content);
    else if (debrief.code) debrief.enter();
    else root.classList.remove("js-opening");
  });
  // For "back" the browser keeps a page, and with it secret and draft.
  addEventListener("pagehide", () => {
    debrief.code = "";
    if (doc.querySelector("[data-swap]")) $("main").replaceChildren();
  });
  // A link pasted over the address of its own page loads nothing by itself, and would leave the secret there.
  addEventListener("hashchange", () => {
    const pasted = path && strayed() ? read(location.hash) : {};
    pasted.secret || pasted.key ? location.reload() : clean();
  });
  addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });
})();
