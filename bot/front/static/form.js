/*
 * The browser's own Back does what the page's does, so that nothing typed is lost; and a link to a field
 * leaves no address. Everything else works without this file.
 */

const back = document.querySelector('#sheet .acts button[value="back"]');

for (const link of document.querySelectorAll('.faults a[href^="#"]')) {
  link.addEventListener("click", (event) => {
    event.preventDefault();
    document.getElementById(link.hash.slice(1)).focus();
  });
}

if (back) {
  history.pushState(null, "", "/chat");
  window.addEventListener("popstate", () => {
    history.pushState(null, "", "/chat");
    back.click();
  });
}
