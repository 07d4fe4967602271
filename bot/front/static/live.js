/*
 * Listens to the server: an EventSource made of fetch, because the page's seat may stand in no address.
 *
 * Knows nothing of what is said. It takes the stream up again after a pause that grows with failures, and
 * rests while nobody looks for long. Source of the form: HTML Standard, 9.2.6 Interpreting an event stream.
 */

const PAUSE_MS = 2000;
const LONGEST_MS = 60000;
const REFUSED_MS = 120000; // no place, or no stream: acting works without
const SILENT_MS = 45000; // the server says something every ten seconds
const UNSEEN_MS = 600000;

/** Make a parser: give it text in any pieces, and it hands on whole events. */
export function makeParser(hand) {
  let rest = "";
  let event = { kind: "", id: "", data: [] };

  function take(line) {
    if (line === "") {
      if (event.data.length) hand(event.kind || "message", event.id, event.data.join("\n"));
      event = { kind: "", id: "", data: [] };
      return;
    }
    const colon = line.indexOf(":");
    const name = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? "" : line.slice(colon + 1).replace(/^ /, "");
    if (name === "event") event.kind = value;
    if (name === "id") event.id = value;
    if (name === "data") event.data.push(value);
    if (name === "retry" && /^\d+$/.test(value)) hand("retry", "", value);
  }

  return (text) => {
    const lines = (rest + text).split(/\r\n|\n|\r(?!$)/);
    rest = lines.pop();
    lines.forEach(take);
  };
}

/**
 * Make a listener, not yet listening.
 *
 * `ask` gives the body of a request with the last question shown; `hear` gets each event with its id and data,
 * and "open" when the server can be reached.
 */
export function makeLive(ask, hear) {
  let stream = null; // what ends the open request
  let timer = 0;
  let unseen = 0;
  let failures = 0;
  let pause = PAUSE_MS;
  let isOver = !("ReadableStream" in window && "TextDecoder" in window);

  function hand(kind, id, data) {
    if (kind === "retry") pause = Math.min(Number(data), LONGEST_MS);
    else hear(kind, id, data);
  }

  async function read(body, isAlive) {
    const parse = makeParser(hand);
    const reader = body.getReader();
    const decoder = new TextDecoder();
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      isAlive();
      parse(decoder.decode(value, { stream: true }));
    }
  }

  async function listen(own) {
    let guard = 0;
    const isAlive = () => {
      clearTimeout(guard);
      guard = setTimeout(() => own.abort(), SILENT_MS);
    };
    isAlive();
    try {
      const { last, ...fields } = ask();
      const response = await fetch("/chat/live", {
        method: "POST",
        headers: { "Content-Type": "application/json", ...(last ? { "Last-Event-ID": last } : {}) },
        body: JSON.stringify(fields),
        cache: "no-store",
        credentials: "same-origin",
        signal: own.signal,
      });
      if (response.status !== 200 || !response.body) return response.status < 500 ? REFUSED_MS : grow();
      failures = 0;
      hear("open", "", "");
      await read(response.body, isAlive);
      return pause; // it ends by itself now and then
    } catch {
      return grow();
    } finally {
      clearTimeout(guard);
    }
  }

  function grow() {
    failures += 1;
    return Math.min(pause * 2 ** (failures - 1), LONGEST_MS);
  }

  async function start() {
    if (stream || isOver) return;
    clearTimeout(timer);
    const own = new AbortController();
    stream = own;
    const wait = await listen(own);
    if (stream !== own) return; // ended on purpose
    stream = null;
    if (!document.hidden || unseen) timer = setTimeout(start, wait * (0.5 + Math.random()));
  }

  function rest() {
    clearTimeout(timer);
    if (stream) stream.abort();
    stream = null;
  }

  document.addEventListener("visibilitychange", () => {
    clearTimeout(unseen);
    unseen = 0;
    if (!document.hidden) {
      start();
      return;
    }
    unseen = setTimeout(() => {
      unseen = 0;
      rest();
    }, UNSEEN_MS);
  });

  return {
    start,
    restart() {
      rest();
      start();
    },
    stop() {
      isOver = true;
      rest();
    },
  };
}
