// Solves the puzzle of bot/front/puzzle.py, with a SHA-256 of its own (FIPS 180-4), in short pieces: the page can be left.
const PIECE_MS = 24;

function takeRoots(power) {
  const roots = [];
  for (let n = 2; roots.length < 64; n += 1) {
    let isPrime = true;
    for (let d = 2; d * d <= n; d += 1) if (n % d === 0) isPrime = false;
    if (isPrime) {
      const root = power === 2 ? Math.sqrt(n) : Math.cbrt(n);
      roots.push(((root - Math.floor(root)) * 4294967296) | 0);
    }
  }
  return roots;
}

const ROUNDS = Int32Array.from(takeRoots(3));
const START = Int32Array.from(takeRoots(2).slice(0, 8));
const block = new Int32Array(64);

const turn = (x, n) => (x >>> n) | (x << (32 - n));

/** The first 32 bits of the hash of ASCII text, at most 55 characters: one block. */
export function hashShort(text) {
  block.fill(0, 0, 16);
  for (let i = 0; i < text.length; i += 1) block[i >> 2] |= text.charCodeAt(i) << (24 - (i & 3) * 8);
  block[text.length >> 2] |= 0x80 << (24 - (text.length & 3) * 8);
  block[15] = text.length * 8;
  for (let i = 16; i < 64; i += 1) {
    const a = block[i - 15];
    const b = block[i - 2];
    const s0 = turn(a, 7) ^ turn(a, 18) ^ (a >>> 3);
    const s1 = turn(b, 17) ^ turn(b, 19) ^ (b >>> 10);
    block[i] = (block[i - 16] + s0 + block[i - 7] + s1) | 0;
  }
  let [a, b, c, d, e, f, g, h] = START;
  for (let i = 0; i < 64; i += 1) {
    const s1 = turn(e, 6) ^ turn(e, 11) ^ turn(e, 25);
    const t1 = (h + s1 + ((e & f) ^ (~e & g)) + ROUNDS[i] + block[i]) | 0;
    const s0 = turn(a, 2) ^ turn(a, 13) ^ turn(a, 22);
    const t2 = (s0 + ((a & b) ^ (a & c) ^ (b & c))) | 0;
    h = g;
    g = f;
    f = e;
    e = (d + t1) | 0;
    d = c;
    c = b;
    b = a;
    a = (t1 + t2) | 0;
  }
  return (START[0] + a) | 0;
}

/** Find a number for each part; what comes back is sent as it is. */
export async function solve({ key, parts, bits }) {
  const found = [];
  let until = performance.now() + PIECE_MS;
  for (let part = 0; part < parts; part += 1) {
    let number = 0;
    while (hashShort(`${key}:${part}:${number}`) >>> (32 - bits) !== 0) {
      number += 1;
      if ((number & 255) === 0 && performance.now() > until) {
        await new Promise((go) => setTimeout(go));
        until = performance.now() + PIECE_MS;
      }
    }
    found.push(number);
  }
  return found.join(".");
}
