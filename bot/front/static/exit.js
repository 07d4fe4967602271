/*
 * The quick exit, on every page: the button or Esc twice, and the screen is elsewhere.
 *
 * It also takes the page's address out of the history, which may hold a code. Every open page hears of it.
 */

const ESCAPES_WITHIN_MS = 1000;

const form = document.getElementById("leave");
const chores = [];
const channel = "BroadcastChannel" in window ? new BroadcastChannel("leave") : null;
let escapedAt = -Infinity;
let isLeaving = false;

/** Have something put away before the page goes. */
export function whenLeaving(chore) {
  chores.push(chore);
}

/** Without a network nobody hears of the exit. The answer to it takes the mark back; else the next request is nobody's. */
function mark() {
  const isSafe = location.protocol === "https:";
  const name = isSafe ? "__Host-left" : "left";
  document.cookie = `${name}=1; path=/; samesite=strict; max-age=86400${isSafe ? "; secure" : ""}`;
}

function tellServer(seat) {
  const body = new URLSearchParams({ seat });
  if (navigator.sendBeacon && navigator.sendBeacon("/chat/leave", body)) return;
  fetch("/chat/leave", { method: "POST", body, keepalive: true, credentials: "same-origin" }).catch(() => {});
}

function tryAll(tasks) {
  for (const task of tasks) {
    try {
      task();
    } catch {
      // nothing may stand between the person and elsewhere
    }
  }
}

/** Blank the screen and go; `isTold`: the server knows already; `isHeard`: another page of this browser left. */
export function leave({ isTold = false, isHeard = false } = {}) {
  document.body.hidden = true; // first what a person standing by would see
  isLeaving = true;
  const seat = form.elements.seat.value;
  const isOwn = !isTold && !isHeard;
  tryAll(chores); // first: what is on its way is stopped
  if (isOwn) tryAll([() => channel && channel.postMessage(""), mark]);
  if (!isTold) tryAll([() => tellServer(seat)]); // also when heard: without cookies each page is its own
  location.replace(form.dataset.exit);
}

if (channel) channel.onmessage = () => leave({ isHeard: true });

form.addEventListener("submit", (event) => {
  event.preventDefault();
  leave();
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || event.isComposing) return;
  const isSecond = !event.repeat && event.timeStamp - escapedAt < ESCAPES_WITHIN_MS;
  if (isLeaving || isSecond) event.preventDefault(); // Esc is also the browser's Stop: it would stop the way out
  if (isSecond && !isLeaving) leave();
  if (!event.repeat) escapedAt = event.timeStamp;
});

history.replaceState(null, "", "/chat");
