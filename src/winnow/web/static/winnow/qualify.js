// Many at once: one box marks all of its table.
(() => {
  document.addEventListener("change", (event) => {
    const all = event.target.closest?.("[data-all]");
    if (all) all.closest("table").querySelectorAll('tbody input[type="checkbox"]').forEach((box) => { box.checked = all.checked; });
  });
})();
