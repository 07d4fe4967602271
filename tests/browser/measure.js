/*
 * Find what is wrong with how the page stands at this moment: a list of sentences, empty when all is well.
 * Measures boxes and ink; judges nothing about words.
 */
() => {
  const SLACK = 1; // px: browsers round
  const FINGER = 44; // px: WCAG 2.2, 2.5.5
  const TALL = "ญู้ปี้ฐุ๊ỘẪg"; // marks on both sides of a letter
  const faults = [];
  const isSeen = (node) => node.checkVisibility({ visibilityProperty: true }) && !node.closest(".unseen");
  const name = (node) => {
    const words = (node.textContent || node.placeholder || "").trim().replace(/\s+/g, " ").slice(0, 24);
    return `${node.tagName.toLowerCase()}${node.id && `#${node.id}`}${node.className && `.${node.className}`} “${words}”`;
  };
  const all = [...document.body.querySelectorAll("*")].filter(isSeen);

  if (document.documentElement.scrollWidth > innerWidth) faults.push("the page is wider than the window");

  for (const node of all) {
    const style = getComputedStyle(node);
    if (style.display !== "inline" && node.scrollWidth > node.clientWidth + SLACK && node.clientWidth) {
      faults.push(`${name(node)} is wider inside than outside`);
    }
    if (style.textOverflow === "ellipsis") faults.push(`${name(node)} ends in an ellipsis`);
    const cuts = style.overflowY !== "visible" || node.tagName === "TEXTAREA";
    if (cuts && node.scrollHeight > node.clientHeight + SLACK) faults.push(`${name(node)} hides its last lines`);
  }

  // Words: inside the window and inside their box, on lines tall enough for their marks.
  const pen = document.createElement("canvas").getContext("2d");
  const measured = new Set();
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let text = walker.nextNode(); text; text = walker.nextNode()) {
    const holder = text.parentElement;
    if (!text.data.trim() || !isSeen(holder)) continue;
    const range = document.createRange();
    range.selectNodeContents(text);
    const box = (holder.closest("button, .button, .bubble, .demo, .trouble") || document.body).getBoundingClientRect();
    for (const rect of range.getClientRects()) {
      if (rect.width < SLACK) continue;
      if (rect.left < -SLACK || rect.right > innerWidth + SLACK) faults.push(`${name(holder)} leaves the window`);
      if (rect.left < box.left - SLACK || rect.right > box.right + SLACK) faults.push(`${name(holder)} leaves its box`);
    }
    const style = getComputedStyle(holder);
    const look = `${style.font} / ${style.lineHeight}`;
    if (measured.has(look)) continue;
    measured.add(look);
    pen.font = style.font;
    const ink = pen.measureText(TALL);
    const height = ink.actualBoundingBoxAscent + ink.actualBoundingBoxDescent;
    if (!(height <= parseFloat(style.lineHeight))) {
      faults.push(`${name(holder)} has lines of ${style.lineHeight} for letters of ${Math.ceil(height)}px`);
    }
  }

  // Controls: a finger finds each, and only one at a time.
  const controls = all.filter((node) => node.matches("a, button, textarea, input, select, summary"));
  const layer = (node) => node.closest(".bar, .foot, main");
  const boxes = controls.map((node) => node.getBoundingClientRect());
  controls.forEach((node, i) => {
    const inWords = node.matches(".bubble a"); // a number of three digits is narrow
    if (boxes[i].height < FINGER - 0.5) faults.push(`${name(node)} is ${boxes[i].height}px high`);
    if (boxes[i].width < (inWords ? 24 : FINGER - 0.5)) faults.push(`${name(node)} is ${boxes[i].width}px wide`);
    controls.slice(i + 1).forEach((other, offset) => {
      const [one, two] = [boxes[i], boxes[i + 1 + offset]];
      const wide = Math.min(one.right, two.right) - Math.max(one.left, two.left);
      const high = Math.min(one.bottom, two.bottom) - Math.max(one.top, two.top);
      if (layer(node) === layer(other) && wide > SLACK && high > SLACK) {
        faults.push(`${name(node)} and ${name(other)} overlap`);
      }
    });
  });

  // The exit: whole, on top, wherever one has scrolled to.
  const exit = document.querySelector(".exit");
  const before = scrollY;
  for (const share of [0, 0.5, 1]) {
    scrollTo({ top: share * document.documentElement.scrollHeight, behavior: "instant" });
    const box = exit.getBoundingClientRect();
    const isWhole = box.top >= 0 && box.left >= 0 && box.right <= innerWidth && box.bottom <= innerHeight;
    const isOnTop = exit.contains(document.elementFromPoint(box.left + box.width / 2, box.top + box.height / 2));
    if (!isWhole || !isOnTop) faults.push(`the exit is not in view at ${share * 100} % of the page`);
  }
  scrollTo({ top: before, behavior: "instant" });

  return [...new Set(faults)];
};
