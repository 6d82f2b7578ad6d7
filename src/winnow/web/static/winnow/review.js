// The time that is spent on a lead in the review: counted here, kept over a reload, stopped by Space.
(() => {
  const timer = document.querySelector("[data-timer]");
  if (!timer) return;
  const shown = timer.querySelector("[data-spent]"), limit = Number(timer.dataset.timer), key = `line-${timer.dataset.line}`;
  const read = () => { try { return Number(sessionStorage.getItem(key)) || 0; } catch { return 0; } };
  const keep = (seconds) => { try { sessionStorage.setItem(key, seconds); } catch { /* not kept over a reload */ } };
  let spent = read(), paused = false;
  const show = () => {
    shown.textContent = `${Math.floor(spent / 60)}:${String(spent % 60).padStart(2, "0")}`;
    timer.classList.toggle("over", spent > limit);
    timer.classList.toggle("paused", paused);
  };
  show();
  setInterval(() => { if (!paused && !document.hidden) { spent += 1; keep(spent); show(); } }, 1000);
  document.querySelector("[data-pause]")?.addEventListener("click", () => { paused = !paused; show(); });
})();
