// Does the proof of work in the background while somebody types, and counts how the form is filled in: how many events
// of which kind, never what was typed. Without script the form works all the same.
"use strict";
(() => {
  const own = document.currentScript;
  const form = own.closest("form");
  const shown = form && form.elements.shown;
  if (!shown) return;
  const proof = form.elements.proof, hand = form.elements.hand;
  const began = performance.now();
  const count = { k: 0, i: 0, p: 0, m: 0, c: 0, t: 0 };
  const touched = new Set(), beats = [];
  let last = 0, done = false, waited = false, again = null;

  const typable = () => [...form.elements].filter((one) => one.matches(
    "textarea, input:not([type=hidden], [type=checkbox], [type=radio], [type=submit])") && !one.closest(".trap"));
  const on = (name, act) => form.addEventListener(name, (event) => event.isTrusted && act(event), true);
  on("keydown", () => { count.k += 1; });
  on("input", (event) => {
    touched.add(event.target);
    if (event.inputType === "insertFromPaste" || event.inputType === "insertFromDrop") { count.p += 1; return; }
    count.i += 1;
    if (last && event.timeStamp - last < 3000 && beats.length < 2000) beats.push(event.timeStamp - last);
    last = event.timeStamp;
  });
  for (const [name, key] of [["pointermove", "m"], ["pointerdown", "c"], ["touchstart", "t"]]) {
    document.addEventListener(name, (event) => { if (event.isTrusted) count[key] += 1; }, { capture: true, passive: true });
  }

  const filling = (field) => {
    try { return field.matches(":autofill"); } catch { return field.matches(":-webkit-autofill"); }
  };
  const told = () => {
    const fields = typable();
    const itself = fields.filter(filling);
    const scripted = fields.filter((one) => one.value && one.value !== one.defaultValue && !touched.has(one) && !itself.includes(one));
    const mean = beats.reduce((sum, one) => sum + one, 0) / (beats.length || 1);
    const varies = Math.sqrt(beats.reduce((sum, one) => sum + (one - mean) ** 2, 0) / (beats.length || 1));
    return JSON.stringify({
      o: Math.round(performance.now() - began), w: navigator.webdriver ? 1 : 0, ...count, a: itself.length,
      x: scripted.length, f: fields.filter((one) => one.value).length, b: [Math.round(mean), Math.round(varies)],
    });
  };

  // The page outside tells by which number its tracking knows this browser.
  window.addEventListener("message", (event) => {
    const number = event.source === window.parent && event.data && event.data.winnow === 1 && event.data.visitor;
    if (/^[0-9a-f]{32}$/.test(number) && form.elements.visitor) form.elements.visitor.value = number;
  });

  const settle = (numbers) => {
    done = true;
    proof.value = numbers;
    if (again) again();
  };
  try {
    const worker = new Worker(own.dataset.worker);
    worker.onmessage = (event) => { settle(event.data); worker.terminate(); };
    worker.onerror = () => settle("");
    worker.postMessage([shown.value, Number(own.dataset.puzzles), Number(own.dataset.bits)]);
  } catch {
    done = true;
  }

  // Who is faster than the proof waits for it, three seconds at the most.
  form.addEventListener("submit", (event) => {
    hand.value = told();
    if (done || waited) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    const button = event.submitter;
    again = () => { again = null; waited = true; form.requestSubmit(button); };
    setTimeout(() => again && again(), 3000);
  }, true);
})();
