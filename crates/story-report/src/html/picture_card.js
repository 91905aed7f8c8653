// A phrase or a box's name that is pointed at, or has the focus, shows its boxes alone.
(() => {
  const light = (event) => {
    const from = event.target.closest && event.target.closest("[data-boxes]");
    const card = from && from.closest(".example");
    for (const lit of document.querySelectorAll(".lit")) lit.classList.remove("lit");
    for (const has of document.querySelectorAll(".has-lit")) has.classList.remove("has-lit");
    if (!card) return;
    for (const at of from.dataset.boxes.split(" ")) {
      if (at === "") continue;
      const shown = card.querySelectorAll(`[data-box="${at}"],.entities [data-boxes="${at}"]`);
      if (shown.length === 0) continue;
      card.classList.add("has-lit");
      for (const one of shown) one.classList.add("lit");
    }
  };
  for (const kind of ["pointerover", "focusin"]) document.addEventListener(kind, light);
})();
