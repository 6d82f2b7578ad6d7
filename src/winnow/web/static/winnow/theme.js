// Before the first paint: the theme and the keys somebody chose on this machine.
try {
  const root = document.documentElement, theme = localStorage.getItem("theme");
  if (theme) root.dataset.theme = theme;
  if (localStorage.getItem("keys") === "off") root.classList.add("keys-off");
} catch { /* storage is shut: the system's theme holds */ }
