// Blind rounds: receipts are made and read here, and neither they nor what is derived of them to be kept secret is sent.
// The cryptography is in blind.js; app.js does what all pages need.
"use strict";
(() => {
  const doc = document, { debrief, debriefBlind: blind } = globalThis, $ = (id) => doc.getElementById(id);
  // It did not arrive whole: app.js has said so.
  if (!blind) return;
  const roundId = location.pathname.split("/")[2].toLowerCase();
  // What this page knows, until it is left: the receipt that it has made, or the token of one that was typed.
  let secret = null, token = null, round = null, evaluations = null, asked = false;

  const listed = async () => {
    const response = await fetch(`/v1/rounds/${roundId}/evaluations`, { cache: "no-store", credentials: "omit", redirect: "error" });
    return { ok: response.ok, ...(await response.json()) };
  };

  // A link that says which key it stands for is believed; without one, people have to compare the words.
  const pinned = (publicKey) => debrief.key || blind.commitmentOf(blind.readBase64url(publicKey, 32));
  const check = (publicKey) => {
    if (pinned(publicKey) !== blind.commitmentOf(blind.readBase64url(publicKey, 32)))
      throw new blind.Refused("other_key", "");
  };

  const REASONS = {
    other_key: "This server uses another key than the one that your link stands for.",
    bad_proof: "This server did not prove that it used the key of your link for you.",
    unreadable: "What this server sent to prove that it used the key of your link can’t be read.",
    not_blind: "Your link stands for a blind round. This server says that the round is of another kind.",
  };
  const stop = (code) => {
    secret = token = null;
    const main = $("main"), box = doc.createElement("div"), heading = doc.createElement("h1");
    heading.textContent = "Please do not go on";
    heading.tabIndex = -1;
    box.className = "problems stopped";
    box.setAttribute("role", "alert");
    box.append(heading, ...[
      REASONS[code],
      "A server that gives each person a key of their own can find out whose answer is whose. So this page has stopped: nothing that you wrote was sent, and no answer can be sent from here.",
      "Ask a colleague who was asked as well: the last part of your links, after “k=”, must be the same, capitals included. If yours was only damaged on its way, ask for it once more. If not, tell whoever passed on the links.",
    ].map((text) => Object.assign(doc.createElement("p"), { textContent: text })));
    main.replaceChildren(box);
    doc.documentElement.classList.remove("js-opening");
    heading.focus();
  };
  const guarded = async (action) => {
    try {
      await action();
    } catch (error) {
      if (error instanceof blind.Refused) stop(error.code);
      else debrief.say("That did not arrive. Nothing is lost: please try again.");
      doc.documentElement.classList.remove("js-opening");
    }
    $("main").removeAttribute("aria-busy");
  };

  // Answering. Whoever has a link with a key is asked for the code only in the days in which codes are taken: sent just
  // before an answer, it would tell the server whose answer that is.
  const arriveWithLink = async () => {
    const found = await listed();
    if (found.ok) return askForReceipt(found);
    if (found.code === "not_blind" && debrief.key) return stop("not_blind");
    if (found.code === "claims_open" && debrief.code) return debrief.enter();
    doc.documentElement.classList.remove("js-opening");
    debrief.say(found.detail);
  };
  const askForReceipt = async (found) => {
    check(found.public_key);
    evaluations = found;
    debrief.code = "";
    const form = $("blind").content.querySelector("form").cloneNode(true);
    form.querySelector("[data-words]").textContent = blind.wordsOf(blind.readBase64url(found.public_key, 32));
    (doc.querySelector("form.enter") || $("receipt-place")).replaceWith(form);
    doc.documentElement.classList.remove("js-opening");
    form.querySelector("h1").focus();
    // After a reload: it was typed in this tab before.
    const { receipt } = debrief.store.read();
    if (!receipt) return;
    form.querySelector("#typed-receipt").value = receipt;
    await open(form);
  };
  const fault = (form, text) => {
    const input = form.querySelector("input:not([type=hidden])");
    // Typing takes away what was said before.
    const place = form.querySelector(".fault") || Object.assign(doc.createElement("p"), { className: "fault", id: `e-${input.id}` });
    if (!place.isConnected) input.before(place);
    place.textContent = text;
    place.hidden = false;
    input.setAttribute("aria-invalid", "true");
    input.setAttribute("aria-describedby", `e-${input.id} h-${input.id}`);
    input.focus();
  };
  const open = async (form) => {
    const typed = blind.readReceipt(debrief.plain(form.querySelector("input:not([type=hidden])").value));
    if (!typed) return fault(form, "This is no receipt: it has 28 letters and digits, and two of them check the others.");
    const hidden = blind.blinded(typed, roundId);
    const mine = evaluations.evaluations.find((one) => one.blinded === hidden);
    if (!mine) return fault(form, "With this receipt nobody took part in this round. Is it the one that you kept for it?");
    const publicKey = evaluations.public_key;
    token = blind.unblind(typed, roundId, { ...mine, publicKey, commitment: pinned(publicKey) });
    debrief.store.write({ receipt: blind.printed(typed), key: debrief.key });
    await debrief.submit(form, "open", blind.shownFor(token, "form"));
  };
  const send = async (form) => {
    const exact = JSON.parse(form.querySelector("[data-answer]").dataset.answer), proof = blind.shownFor(token, "answer", exact);
    await debrief.submit(form, "send", { answer_mac: proof.mac, receipt_tag: proof.receipt_tag });
  };

  // Taking part.
  const arriveToClaim = (form) => {
    check(form.dataset.publicKey);
    round = { ...form.dataset };
    const { made } = debrief.store.read();
    secret ||= (made && blind.readReceipt(made)) || blind.newReceipt();
    debrief.store.write({ made: blind.printed(secret) });
    $("receipt").value = blind.printed(secret);
    $("words").textContent = blind.wordsOf(blind.readBase64url(round.publicKey, 32));
    $("unpinned").hidden = !!debrief.key;
    $("receipt-block").hidden = false;
  };
  const checkClaim = (form) => debrief.submit(form, "check", { blinded: blind.blinded(secret, roundId) });
  const claim = async (form) => {
    let refused = null, claimed = null;
    await debrief.submit(form, "claim", {}, (page) => {
      claimed = page.getElementById("claimed")?.dataset;
      if (!claimed) return false;
      try {
        blind.unblind(secret, roundId, { ...claimed, blinded: blind.blinded(secret, roundId), commitment: pinned(round.publicKey) });
      } catch (error) {
        refused = error;
      }
      return refused;
    });
    if (refused) throw refused;
    if (!claimed) return;
    $("receipt-again").value = blind.printed(secret);
    $("return").value = address();
  };
  const address = () => `${location.origin}${location.pathname}#k=${pinned(round.publicKey)}`;
  const file = () => [
    `The receipt for your answer on ${location.host}`, "", blind.printed(secret), "",
    `With it you answer from ${round.from} through ${round.through}, here:`, address(), "",
    "Nobody else has it, and nobody can replace it. Whoever has it can answer in your place, and find your answer.", "",
  ].join("\n");

  doc.addEventListener("submit", (event) => {
    const form = event.target, what = event.submitter ? event.submitter.value : "";
    const ours =
      form.matches("[data-receipt]") ? open :
      form.matches("[data-token]") && what === "send" ? send :
      form.matches("[data-claiming]") && what === "claim" ? claim :
      form.matches("[data-claim]") && form.elements.part.value === "yes" && form.elements.kept.checked ? checkClaim : null;
    if (!ours) return;
    event.preventDefault();
    event.stopPropagation();
    if (!$("main").hasAttribute("aria-busy")) guarded(() => ours(form));
  }, true);
  doc.addEventListener("click", ({ target }) => {
    if (target.closest("[data-keep]")) debrief.save(new Blob([file()], { type: "text/plain" }), "receipt.txt");
    if (target.closest("[data-blind]")) guarded(arriveWithLink);
  });
  addEventListener("pagehide", () => {
    secret = token = evaluations = null;
    $("main").replaceChildren();
  });

  const arrive = () => guarded(async () => {
    const form = doc.querySelector("[data-claim]");
    if (form) return arriveToClaim(form);
    if (doc.querySelector("[data-check], .done")) return;
    const entrance = doc.querySelector("form.enter"), place = $("receipt-place");
    if (place) return askForReceipt(await listed());
    if (entrance && !asked) {
      asked = true;
      await arriveWithLink();
    }
  });
  debrief.arrive = () => guarded(arriveWithLink);
  doc.addEventListener("shown", arrive);
  arrive();
})();
