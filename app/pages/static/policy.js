// Search while one types: the same words in the same texts as the server's search, without asking it.
"use strict";

const asked = document.getElementById("q");
const found = document.getElementById("found");

function search() {
  const words = asked.value.toLowerCase().split(/\s+/).filter(Boolean);
  let shown = 0;
  for (const group of document.querySelectorAll(".group")) {
    let here = 0;
    for (const figure of group.querySelectorAll(".figure")) {
      figure.hidden = !words.every((word) => figure.dataset.words.includes(word));
      if (!figure.hidden) here += 1;
    }
    group.hidden = here === 0;
    shown += here;
  }
  document.getElementById("nothing").hidden = shown > 0;
  found.textContent = found.dataset.words.replace("{shown}", shown);
}

// What the server has left out cannot be shown here: then the form asks it.
if (!new URLSearchParams(location.search).get("q")) asked.addEventListener("input", search);
