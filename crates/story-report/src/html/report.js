"use strict";
(() => {
  const form = document.getElementById("filter");
  if (!form) return;
  const input = form.querySelector("input");
  const count = form.querySelector("output");
  const stories = [...document.querySelectorAll(".story")];
  const show = () => {
    const wanted = input.value.trim().toLowerCase();
    let shown = 0;
    for (const story of stories) {
      const match = story.dataset.story.toLowerCase().includes(wanted);
      story.hidden = !match;
      if (match) shown += 1;
    }
    count.textContent = `${shown} of ${stories.length} windows`;
  };
  form.hidden = false;
  form.addEventListener("submit", (event) => event.preventDefault());
  input.addEventListener("input", show);
  show();
})();
