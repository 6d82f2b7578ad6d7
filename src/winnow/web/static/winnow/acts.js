// A form that opens on its page: typed into at once, and while it is open the page's own letters wait.
(() => {
  const all = (css, from = document) => [...from.querySelectorAll(css)], shown = (element) => element.getClientRects().length > 0;
  const FIELD = 'input:not([type="hidden"]), select, textarea';
  const opened = () => all('form.act [data-key="Escape"]').filter(shown).pop()?.closest("form.act");

  // One that comes back starts at what is wrong
  document.addEventListener("htmx:afterSettle", (event) => {
    const form = event.target.closest?.("form.act") ?? event.target.querySelector?.("form.act:not(.promise-form)");
    if (!form) return;
    document.getElementById("why")?.remove(); // why another button is blocked has been read
    const fields = all(FIELD, form).filter(shown);
    const first = fields.find((field) => field.closest('[aria-invalid="true"]')) ?? fields[0];
    (fields.find((field) => field.type === "radio" && field.name === first?.name && field.checked) ?? first)?.focus();
  });

  // An answer that is typed must not decide about somebody: N in a form is no "Nurture"
  document.addEventListener("keydown", (event) => {
    const form = opened();
    if (!form || event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
    const writing = event.target.closest?.('input:not([type="checkbox"], [type="radio"]), select, textarea');
    if (writing && event.key === "Escape") return writing.blur();
    if (writing || event.key === "?") return;
    const key = event.key.toLowerCase(), own = [...all("[data-key]", form), ...all("#toasts [data-key]")];
    if (!own.some((element) => element.dataset.key.toLowerCase() === key)) event.stopImmediatePropagation();
  }, true);
})();
