/*
 * Spares the reload: sends a turn, adds its bubbles, gives the focus back.
 *
 * What was said lives in the page's nodes and nowhere else, and leaves with the page. Text becomes
 * text nodes only. Without this file the page does the same with plain forms.
 */
"use strict";

(() => {
  const byId = (id) => document.getElementById(id);
  const log = byId("log");
  const trouble = byId("trouble");
  const line = byId("line");
  const again = byId("again");
  const taps = byId("taps");
  const answers = byId("answers");
  const ways = byId("ways");
  const write = byId("write");
  const box = byId("text");
  const visit = byId("visit");
  const turn = byId("turn");
  const over = byId("over");
  const words = byId("words").dataset;

  const PAUSES_MS = [0, 900, 2500];
  const PATIENCE_MS = 20000;
  const FAREWELL_MS = 1500;
  const ESCAPES_WITHIN_MS = 1000;

  let busy = false;
  let pending = null; // the act on its way: the same act tried again keeps its delivery id
  let escapedAt = -Infinity;

  // --- leaving -------------------------------------------------------------------------------

  function wipe() {
    log.replaceChildren();
    answers.replaceChildren();
    ways.replaceChildren();
    box.value = "";
    pending = null;
  }

  function leave() {
    document.body.hidden = true; // first what a person standing by would see
    wipe();
    navigator.sendBeacon("/chat/leave");
    location.replace(byId("leave").dataset.exit);
  }

  // --- drawing -------------------------------------------------------------------------------

  function makePiece(piece) {
    const href = piece.href || "";
    const isPage = href.startsWith("https://") || href.startsWith(`${location.origin}/`);
    if (!isPage && !href.startsWith("tel:")) {
      return document.createTextNode(piece.text);
    }
    const link = document.createElement("a");
    link.href = href;
    link.textContent = piece.text;
    if (isPage) {
      link.target = "_blank";
      link.rel = "noopener noreferrer";
    }
    return link;
  }

  function addBubble(who, pieces) {
    const bubble = document.createElement("div");
    bubble.className = `bubble ${who} fresh`;
    const speaker = document.createElement("span");
    speaker.className = "unseen";
    speaker.dataset.word = who;
    speaker.textContent = words[who];
    const said = document.createElement("p");
    said.append(...pieces.map(makePiece));
    bubble.append(speaker, said);
    log.append(bubble);
    return bubble;
  }

  function makeButton(kind, drawn) {
    const button = document.createElement("button");
    button.className = kind;
    button.name = "tap";
    button.value = drawn.tap;
    button.textContent = drawn.label;
    return button;
  }

  function drawButtons(view) {
    answers.replaceChildren(...view.choices.map((drawn) => makeButton("choice", drawn)));
    ways.replaceChildren(...view.ways.map((drawn) => makeButton("way", drawn)));
    visit.value = view.visit;
    turn.value = view.turn;
    over.hidden = !isOver(view);
  }

  function isOver(view) {
    return !view.choices.length && !view.ways.length && !view.leaving;
  }

  function isNewVisit(view) {
    return visit.value !== "" && visit.value !== "new" && visit.value !== view.visit;
  }

  function show(view, said) {
    const forgets = isOver(view) || isNewVisit(view); // erased or begun anew: the page forgets as well
    if (forgets) log.replaceChildren();
    const first = said && !isOver(view) ? addBubble("you", [{ text: said }]) : null;
    const bubbles = view.bubbles.map((pieces) => addBubble("bot", pieces));
    drawButtons(view);
    reveal(first || bubbles[0], "start");
  }

  function reveal(node, block) {
    if (!node) return;
    const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
    node.scrollIntoView({ block, behavior: calm ? "auto" : "smooth" });
  }

  function speak(spoken) {
    const camel = (key) => key.replace(/_(\w)/g, (_, letter) => letter.toUpperCase());
    for (const [key, word] of Object.entries(spoken)) words[camel(key)] = word;
    for (const node of document.querySelectorAll("[data-word]")) {
      const word = spoken[node.dataset.word];
      if (word !== undefined) node.textContent = word;
    }
    for (const [mark, name] of [["wordLabel", "aria-label"], ["wordPlaceholder", "placeholder"], ["wordTitle", "title"]]) {
      const dashed = mark.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
      for (const node of document.querySelectorAll(`[data-${dashed}]`)) {
        node.setAttribute(name, spoken[node.dataset[mark]]);
      }
    }
    document.documentElement.lang = spoken.lang;
    document.title = spoken.title;
    byId("leave").dataset.exit = spoken.exit_url;
  }

  function tell(word, { canRetry = false } = {}) {
    trouble.hidden = !word;
    line.textContent = word;
    again.hidden = !canRetry;
    if (word) reveal(trouble, "nearest");
  }

  function setBusy(now) {
    busy = now;
    for (const button of document.querySelectorAll("#taps button, #write button, #again")) button.disabled = now;
    box.readOnly = now;
    log.setAttribute("aria-busy", String(now));
    document.body.classList.toggle("busy", now);
  }

  // --- talking -------------------------------------------------------------------------------

  function makeId() {
    const bytes = crypto.getRandomValues(new Uint8Array(16)); // randomUUID is missing on plain http
    return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  }

  async function post(body) {
    for (const pause of PAUSES_MS) {
      if (pause) await new Promise((go) => setTimeout(go, pause));
      try {
        const response = await fetch("/chat/turn", {
          method: "POST",
          headers: { "Content-Type": "application/json" },
          body,
          cache: "no-store",
          credentials: "same-origin",
          signal: AbortSignal.timeout(PATIENCE_MS),
        });
        return { status: response.status, ...(await response.json()) };
      } catch {
        tell(words.offline);
      }
    }
    return null;
  }

  async function send(act, said, from) {
    if (busy) return;
    const told = JSON.stringify(act);
    if (!pending || pending.told !== told) pending = { told, act, said, delivery: makeId() };
    setBusy(true);
    const { delivery } = pending;
    const answer = await post(JSON.stringify({ ...act, delivery, lang: document.documentElement.lang }));
    setBusy(false);
    receive(answer, said, from);
  }

  function receive(answer, said, from) {
    if (answer && answer.words) speak(answer.words);
    if (!answer || answer.line || !answer.view) {
      const unsure = !answer || answer.status >= 500;
      tell(answer && answer.line ? answer.line : words.offline, { canRetry: unsure });
      if (!unsure) pending = null;
      if (answer && answer.status === 400 && answer.view) drawButtons(answer.view);
      (from && from.isConnected ? from : box).focus({ preventScroll: true });
      return;
    }
    const wrote = pending && pending.act.text !== undefined;
    pending = null;
    tell("");
    if (wrote) box.value = "";
    show(answer.view, said);
    (wrote && !answer.view.leaving ? box : answers).focus({ preventScroll: true });
    if (answer.view.leaving) setTimeout(leave, FAREWELL_MS);
  }

  function sendText() {
    const text = box.value;
    if (!text.trim()) return;
    if (Array.from(text).length > Number(box.dataset.max)) {
      tell(words.tooLong);
      return;
    }
    send({ text, visit: visit.value, turn: turn.value }, text, box);
  }

  function retry() {
    if (pending) send(pending.act, pending.said, again);
  }

  // --- listening -----------------------------------------------------------------------------

  taps.addEventListener("submit", (event) => {
    event.preventDefault();
    const pressed = event.submitter;
    if (pressed) send({ tap: pressed.value }, pressed.textContent, pressed);
  });

  write.addEventListener("submit", (event) => {
    event.preventDefault();
    sendText();
  });

  trouble.addEventListener("submit", (event) => {
    if (!pending) return; // drawn by the server: its form knows what to send
    event.preventDefault();
    retry();
  });

  box.addEventListener("keydown", (event) => {
    // Enter that ends a composition picks a character; it does not send.
    if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.keyCode === 229) return;
    event.preventDefault();
    sendText();
  });

  byId("leave").addEventListener("submit", (event) => {
    event.preventDefault();
    leave();
  });

  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || event.isComposing) return;
    if (event.timeStamp - escapedAt < ESCAPES_WITHIN_MS) leave();
    escapedAt = event.timeStamp;
  });

  window.addEventListener("online", retry);
  // A page kept in memory for Back must hold nothing; when it comes back, it asks again.
  window.addEventListener("pagehide", wipe);
  window.addEventListener("pageshow", (event) => {
    if (event.persisted) location.reload();
  });

  history.replaceState(null, "", "/chat");
})();
