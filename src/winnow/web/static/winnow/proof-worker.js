// Looks for the numbers of the proof of work; see proof.py. Own SHA-256, as that of the browser only knows promises.
"use strict";
const K = new Uint32Array(64), START = new Uint32Array(8);
(() => {
  const part = (x) => ((x - Math.floor(x)) * 4294967296) >>> 0;
  for (let n = 2, found = 0; found < 64; n += 1) {
    let prime = true;
    for (let d = 2; d * d <= n; d += 1) if (n % d === 0) { prime = false; break; }
    if (!prime) continue;
    if (found < 8) START[found] = part(Math.sqrt(n));
    K[found] = part(Math.cbrt(n));
    found += 1;
  }
})();
const W = new Int32Array(64);

// One block of 16 words into the state `from`; the new state goes into `to`.
function block(from, words, to) {
  for (let i = 0; i < 16; i += 1) W[i] = words[i];
  for (let i = 16; i < 64; i += 1) {
    const a = W[i - 15], b = W[i - 2];
    const s0 = ((a >>> 7) | (a << 25)) ^ ((a >>> 18) | (a << 14)) ^ (a >>> 3);
    const s1 = ((b >>> 17) | (b << 15)) ^ ((b >>> 19) | (b << 13)) ^ (b >>> 10);
    W[i] = (W[i - 16] + s0 + W[i - 7] + s1) | 0;
  }
  let a = from[0], b = from[1], c = from[2], d = from[3], e = from[4], f = from[5], g = from[6], h = from[7];
  for (let i = 0; i < 64; i += 1) {
    const s1 = ((e >>> 6) | (e << 26)) ^ ((e >>> 11) | (e << 21)) ^ ((e >>> 25) | (e << 7));
    const t1 = (h + s1 + ((e & f) ^ (~e & g)) + K[i] + W[i]) | 0;
    const s0 = ((a >>> 2) | (a << 30)) ^ ((a >>> 13) | (a << 19)) ^ ((a >>> 22) | (a << 10));
    const t2 = (s0 + ((a & b) ^ (a & c) ^ (b & c))) | 0;
    h = g; g = f; f = e; e = (d + t1) | 0; d = c; c = b; b = a; a = (t1 + t2) | 0;
  }
  to[0] = from[0] + a; to[1] = from[1] + b; to[2] = from[2] + c; to[3] = from[3] + d;
  to[4] = from[4] + e; to[5] = from[5] + f; to[6] = from[6] + g; to[7] = from[7] + h;
}

// The words of the last blocks of a text, behind `before` bytes that went before; `words` are to hold them.
function padded(text, before, words) {
  const bits = (before + text.length) * 8;
  words.fill(0);
  for (let i = 0; i < text.length; i += 1) words[i >> 2] |= text.charCodeAt(i) << (24 - (i & 3) * 8);
  words[text.length >> 2] |= 0x80 << (24 - (text.length & 3) * 8);
  words[words.length - 1] = bits;
  return words;
}

function hashed(text, state, before) {
  const words = padded(text, before, new Int32Array(((text.length + 8) >> 6) * 16 + 16));
  let now = state;
  const to = new Int32Array(8);
  for (let i = 0; i < words.length; i += 16) { block(now, words.subarray(i, i + 16), to); now = Int32Array.from(to); }
  return now;
}

function hex(state) {
  return [...state].map((one) => (one >>> 0).toString(16).padStart(8, "0")).join("");
}

onmessage = (event) => {
  const [note, puzzles, bits] = event.data;
  const first = Int32Array.from(START);
  const seed = hex(hashed(note, first, 0));
  const middle = new Int32Array(8), to = new Int32Array(8);
  const words = new Int32Array(16);
  for (let i = 0; i < 64; i += 1) words[i >> 2] |= seed.charCodeAt(i) << (24 - (i & 3) * 8);
  block(first, words, middle);
  const found = [];
  for (let place = 0; place < puzzles; place += 1) {
    for (let number = 0; ; number += 1) {
      block(middle, padded(place + ":" + number, 64, words), to);
      if ((to[0] >>> (32 - bits)) === 0) { found.push(number); break; }
    }
  }
  postMessage(found.join(","));
};
