// A slider says its value while it is moved.
document.addEventListener("input", (event) => {
  const said = event.target.closest?.(".sliders label")?.querySelector("output");
  if (said) said.textContent = event.target.value;
});
