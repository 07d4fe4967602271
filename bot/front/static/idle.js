/*
 * Tells when a page was left alone for long: somebody else may pick the phone up.
 *
 * Knows nothing of what is shown. A page in the background is told at once, and again when it is looked at.
 */

const ALONE_MS = 1800000;

/** Have `fade` called when nothing happened for half an hour, and `ask` as soon as somebody can see the page then. */
export function makeIdle(fade, ask) {
  let last = Date.now();
  let timer = setTimeout(check, ALONE_MS);
  let isFaded = false;

  function check() {
    const left = last + ALONE_MS - Date.now(); // timers stand still while a phone sleeps
    clearTimeout(timer);
    if (left > 0) {
      timer = setTimeout(check, left);
      return;
    }
    if (!isFaded) fade();
    isFaded = true;
    if (!document.hidden) ask();
  }

  document.addEventListener("visibilitychange", () => {
    if (!document.hidden) check();
  });

  return {
    /** Something was done or shown. */
    touch() {
      last = Date.now();
      isFaded = false;
      clearTimeout(timer);
      timer = setTimeout(check, ALONE_MS);
    },
  };
}
