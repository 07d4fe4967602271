// Two comforts; every page works without them. Nothing here reads, keeps or sends anything.
"use strict";

// A page brought back by "Back" may be from before signing out: ask the server again.
window.addEventListener("pageshow", (event) => {
  if (event.persisted) {
    window.location.reload();
  }
});

for (const button of document.querySelectorAll("[data-print]")) {
  button.hidden = false;
  button.addEventListener("click", () => window.print());
}
