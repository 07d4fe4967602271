/*
 * One press on a code's button is one request: a second one would find the code used.
 *
 * After a while it works again, in case the first was lost on the way.
 */

const AGAIN_MS = 10000;

let pressedAt = -Infinity;

document.querySelector("main form").addEventListener("submit", (event) => {
  if (event.timeStamp - pressedAt < AGAIN_MS) event.preventDefault();
  else pressedAt = event.timeStamp;
});

window.addEventListener("pageshow", () => {
  pressedAt = -Infinity;
});
