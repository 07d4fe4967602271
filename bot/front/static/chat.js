/*
 * Spares the reload: sends a turn, adds its bubbles, gives the focus back, and listens for what else happens.
 *
 * What was said lives in the page's nodes and nowhere else, and leaves with the page. Text becomes
 * text nodes only. Without this file the page does the same with plain forms.
 */
import { leave, whenLeaving } from "./exit.js";
import { makeIdle } from "./idle.js";
import { makeLive } from "./live.js";
import { solve } from "./puzzle.js";

const byId = (id) => document.getElementById(id);
const log = byId("log");
const trouble = byId("trouble");
const line = byId("line");
const again = byId("again");
const taps = byId("taps");
const answers = byId("answers");
const ways = byId("ways");
const day = byId("day");
const write = byId("write");
const box = byId("text");
const over = byId("over");
const icon = byId("icon");
const words = byId("words").dataset;
const { visit, turn, seat } = write.elements;

const PAUSES_MS = [0, 900, 2500];
const PATIENCE_MS = 20000;
const FAREWELL_MS = 1500;
const DOUBT_MS = 3000;
const CHECK_MS = 5000;
const NOTHING_SHOWN = 999999999; // the turn of no question: the server says the current one
const PLAIN_ICON = icon.href;

let busy = false;
let pending = null; // the act on its way: the same act tried again keeps its delivery id
let behind = ""; // a question that came while an act was on its way
let isGone = false;
let isLeft = false;
let isFaded = false;
let running = null; // what stops the request on its way
let isWaiting = false;

// --- drawing ---------------------------------------------------------------------------------

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

function addBubble(who, look, pieces) {
  const bubble = document.createElement("div");
  bubble.className = `bubble ${who} ${look} fresh`;
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

function drawControls(view) {
  const hadFocus = taps.contains(document.activeElement) || day.contains(document.activeElement);
  answers.replaceChildren(...view.choices.map((drawn) => makeButton("choice", drawn)));
  ways.replaceChildren(...view.ways.map((drawn) => makeButton("way", drawn)));
  for (const { elements } of [write, day]) {
    elements.visit.value = view.visit;
    elements.turn.value = view.turn;
  }
  day.hidden = !view.day;
  day.elements.pick.value = "";
  byId("day-label").textContent = view.day;
  over.hidden = !isOver(view);
  if (hadFocus) answers.focus({ preventScroll: true }); // what had it is no more
}

function isOver(view) {
  return !view.choices.length && !view.ways.length && !view.leaving;
}

function isNewVisit(view) {
  return visit.value !== "" && visit.value !== "new" && visit.value !== view.visit;
}

function nameShown() {
  return visit.value && `${visit.value}.${isFaded ? NOTHING_SHOWN : turn.value}`;
}

function show(view, said, block) {
  isFaded = false;
  idle.touch();
  const forgets = isOver(view) || isNewVisit(view); // erased or begun anew: the page forgets as well
  if (forgets) log.replaceChildren();
  const first = said && !isOver(view) ? addBubble("you", "plain", [{ text: said }]) : null;
  const bubbles = view.bubbles.map((pieces) => addBubble("bot", view.look, pieces));
  drawControls(view);
  reveal(first || bubbles[0], block);
  if (document.hidden) signal(true);
}

function reveal(node, block) {
  if (!node) return;
  const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
  node.scrollIntoView({ block, behavior: calm ? "auto" : "smooth" });
}

/** Mark the tab, and nothing else: no sound, no notice that others could see or hear. */
function signal(now) {
  isWaiting = now;
  document.title = now ? words.titleWaiting : words.title;
  icon.href = now ? icon.dataset.waiting : PLAIN_ICON;
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
  signal(isWaiting);
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
  const buttons = "#taps button, #day button, #write button, #again";
  for (const button of document.querySelectorAll(buttons)) button.disabled = now;
  box.readOnly = now;
  log.setAttribute("aria-busy", String(now));
  document.body.classList.toggle("busy", now);
}

// --- talking ---------------------------------------------------------------------------------

function makeId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16)); // randomUUID is missing on plain http
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

function makeLimit() {
  const control = new AbortController(); // AbortSignal.timeout is missing on older phones
  setTimeout(() => control.abort(), PATIENCE_MS);
  running = control;
  return control.signal;
}

async function post(told, hasProved = false) {
  const body = JSON.stringify(told);
  for (const pause of PAUSES_MS) {
    if (pause) await new Promise((go) => setTimeout(go, pause));
    if (isLeft) return null;
    try {
      const response = await fetch("/chat/turn", {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body,
        cache: "no-store",
        credentials: "same-origin",
        signal: makeLimit(),
      });
      const answer = { status: response.status, ...(await response.json()) };
      if (!answer.puzzle || hasProved) return answer;
      return post({ ...told, proof: await solve(answer.puzzle) }, true);
    } catch {
      if (!isLeft) tell(words.offline);
    }
  }
  return null;
}

async function send(act, said, from) {
  if (busy) return;
  const told = JSON.stringify(act);
  if (!pending || pending.told !== told) pending = { told, act, said, delivery: makeId() };
  const { delivery } = pending;
  idle.touch();
  setBusy(true);
  const answer = await post({ ...act, delivery, seat: seat.value, lang: document.documentElement.lang });
  if (isLeft) return; // whatever it says, nobody is here
  setBusy(false);
  if (answer && answer.gone) {
    leave({ isTold: true });
    return;
  }
  receive(answer, said, from);
  settle(answer);
}

function receive(answer, said, from) {
  if (answer && answer.words) speak(answer.words);
  if (!answer || answer.line || !answer.view) {
    const unsure = !answer || answer.status >= 500 || answer.status === 429;
    tell(answer && answer.line ? answer.line : words.offline, { canRetry: unsure });
    if (!unsure) pending = null;
    if (answer && answer.status === 400 && answer.view) drawControls(answer.view);
    (from && from.isConnected ? from : box).focus({ preventScroll: true });
    return;
  }
  const wrote = pending && pending.act.text !== undefined;
  pending = null;
  tell("");
  if (wrote && box.value === said) box.value = ""; // what was written since then stays
  show(answer.view, said, "start");
  (wrote && !answer.view.leaving ? box : answers).focus({ preventScroll: true });
  if (answer.view.leaving) setTimeout(leave, FAREWELL_MS);
}

/** Make up for what was heard while the act was on its way. */
function settle(answer) {
  const hasEnded = Boolean(answer && answer.view && (isOver(answer.view) || answer.view.leaving));
  if (hasEnded) {
    live.stop();
    if (isGone) document.body.hidden = false; // it was our own act that ended it
    isGone = false;
    return;
  }
  if (isGone) leave({ isTold: true });
  else if (pending && behind) checkOnce();
  else if (pending) return;
  else if (behind && behind !== nameShown()) live.restart();
  else live.start();
  behind = "";
}

/** The stream showed a change while our act found no answer: most likely the server has it, so it is asked once more. */
function checkOnce() {
  if (pending.isChecked) return;
  pending.isChecked = true;
  setTimeout(retry, CHECK_MS);
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

function sendDay() {
  const pick = day.elements.pick.value;
  if (!pick) return;
  const [year, month, date] = pick.split("-").map(Number);
  const spoken = new Date(year, month - 1, date).toLocaleDateString(document.documentElement.lang, { dateStyle: "long" });
  send({ pick, visit: visit.value, turn: turn.value }, spoken, day.elements.pick);
}

function retry() {
  dropTakenBack();
  if (pending) send(pending.act, pending.said, again);
}

/** What somebody took out of the box again, or changed, must not go by itself. */
function dropTakenBack() {
  if (busy || !pending || pending.act.text === undefined || box.value === pending.said) return;
  pending = null;
  behind = "";
  tell("");
  live.restart(); // perhaps the server had it after all
}

// --- hearing of it ---------------------------------------------------------------------------

const live = makeLive(
  () => ({ seat: seat.value, lang: document.documentElement.lang, last: nameShown() }),
  (kind, id, data) => {
    if (kind === "gone") end();
    else if (kind === "open" && !busy) retry();
    else if (kind === "view" && id !== nameShown()) arrive(id, JSON.parse(data));
  },
);

/** Show what was asked elsewhere. While an act of ours is unanswered it may be its answer, so that is asked for first. */
function arrive(id, drawn) {
  dropTakenBack();
  if (busy || pending) {
    behind = id;
    if (!busy) retry();
    return;
  }
  if (drawn.words) speak(drawn.words);
  tell("");
  show(drawn.view, "", "nearest");
}

/** The conversation is no more: by our own act, which then says so, or from elsewhere. */
function end() {
  if (!busy) {
    leave({ isTold: true });
    return;
  }
  isGone = true;
  document.body.hidden = true;
  setTimeout(() => isGone && leave({ isTold: true }), DOUBT_MS);
}

// --- being left alone ------------------------------------------------------------------------

const idle = makeIdle(fade, () => isFaded && live.restart());

/** Take everything from the screen; what a fresh look says is asked for when somebody can see it. */
function fade() {
  if (busy) return;
  box.value = "";
  pending = null;
  tell("");
  if (visit.value === "new") return; // nothing was told yet
  isFaded = true;
  for (const node of [log, answers, ways]) node.replaceChildren();
  day.hidden = true;
  over.hidden = false; // the way on, should nobody answer
}

// --- listening -------------------------------------------------------------------------------

taps.addEventListener("submit", (event) => {
  event.preventDefault();
  const pressed = event.submitter;
  if (pressed) send({ tap: pressed.value }, pressed.textContent, pressed);
});

day.addEventListener("submit", (event) => {
  event.preventDefault();
  sendDay();
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

box.addEventListener("input", () => {
  idle.touch();
  dropTakenBack();
});

document.addEventListener("visibilitychange", () => {
  if (!document.hidden && isWaiting) signal(false);
});

function wipe() {
  isLeft = true;
  if (running) running.abort();
  live.stop();
  log.replaceChildren();
  answers.replaceChildren();
  ways.replaceChildren();
  for (const input of document.querySelectorAll("input, textarea")) input.value = "";
  pending = null;
}

whenLeaving(wipe);
window.addEventListener("online", () => {
  retry();
  live.start();
});
// A page kept in memory for Back must hold nothing; when it comes back, it asks again.
window.addEventListener("pagehide", wipe);
window.addEventListener("pageshow", (event) => {
  if (event.persisted) location.reload();
});

if (visit.value !== "new") live.start(); // before the first word there is nothing to hear
