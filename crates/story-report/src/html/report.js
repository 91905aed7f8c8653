"use strict";
(() => {
  // A box that does not scroll needs no stop of the tab key, and no hint.
  const boxes = [...document.querySelectorAll(".scroll,.frame")];
  const more = (box) => {
    const left = box.scrollWidth - box.clientWidth - box.scrollLeft;
    box.classList.toggle("cut", left > 1);
    const hint = box.nextElementSibling;
    if (hint && hint.classList.contains("more")) hint.classList.toggle("off", left <= 1);
  };
  const stops = () => {
    for (const box of boxes) {
      if (box.scrollWidth > box.clientWidth) box.tabIndex = 0;
      else box.removeAttribute("tabindex");
      more(box);
    }
  };
  document.body.classList.add("scripted");
  for (const box of boxes) box.addEventListener("scroll", () => more(box), { passive: true });
  stops();
  addEventListener("resize", stops);
  addEventListener("toggle", stops, true);

  // A link to a fold opens it, and paper has no folds.
  const unfold = () => {
    const wanted = location.hash && document.getElementById(location.hash.slice(1));
    const fold = wanted && wanted.closest("details");
    if (!fold) return;
    fold.open = true;
    fold.scrollIntoView();
  };
  addEventListener("hashchange", unfold);
  unfold();
  addEventListener("beforeprint", () => {
    for (const fold of document.querySelectorAll("details.fold")) fold.open = true;
  });

  const form = document.getElementById("filter");
  if (!form) return;
  const input = form.querySelector("input");
  const count = form.querySelector("output");
  const cards = [...document.querySelectorAll("[data-story]")];
  const stories = cards.filter((card) => card.classList.contains("story"));
  const groups = [...document.querySelectorAll(".group")];
  const show = () => {
    const wanted = input.value.trim().toLowerCase();
    for (const card of cards) {
      card.hidden = !card.dataset.story.toLowerCase().includes(wanted);
    }
    for (const group of groups) {
      group.hidden = !group.querySelector(".story:not([hidden])");
    }
    const shown = stories.filter((card) => !card.hidden).length;
    count.textContent = `${shown} of ${stories.length} ${form.dataset.cards}`;
  };
  form.hidden = false;
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const first = stories.find((card) => !card.hidden);
    if (first) first.focus();
  });
  input.addEventListener("input", show);
  addEventListener("keydown", (event) => {
    const writing = event.target.closest && event.target.closest("input,textarea,select");
    if (event.key !== "/" || writing || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    // What lies in a closed fold takes no focus.
    const fold = input.closest("details");
    if (fold) fold.open = true;
    input.focus();
  });
  const toggle = document.getElementById("toggle-boxes");
  if (toggle) {
    toggle.addEventListener("click", () => {
      const hidden = document.body.classList.toggle("no-boxes");
      toggle.setAttribute("aria-pressed", String(!hidden));
    });
  }
  show();
})();
