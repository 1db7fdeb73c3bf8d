// Keys on contact sheets, forms that send themselves, what changes by itself, and the way back to the sheet one came from. Every page works without it.
"use strict";
(() => {
  const sheet = document.querySelector("[data-sheet]");
  if (sheet) {
    sessionStorage.setItem("sheet", location.pathname + location.search);
    const links = [...sheet.querySelectorAll("a")];
    const across = () => {
      const first = links[0] ? links[0].getBoundingClientRect().top : 0;
      const row = links.findIndex((link) => link.getBoundingClientRect().top > first + 4);
      return row < 1 ? links.length : row;
    };
    const steps = { ArrowRight: () => 1, ArrowLeft: () => -1, ArrowDown: across, ArrowUp: () => -across() };
    document.addEventListener("keydown", (event) => {
      if (!(event.key in steps) || event.target.closest("input, select, textarea, summary")) return;
      const at = links.indexOf(document.activeElement);
      const next = links[at < 0 ? 0 : Math.min(Math.max(at + steps[event.key](), 0), links.length - 1)];
      if (!next) return;
      event.preventDefault();
      next.focus();
    });
    const filters = document.querySelector(".filters");
    if (filters && matchMedia("(max-width: 899px)").matches) filters.open = false;
  }
  // what changes by itself is fetched again, unless somebody is in the middle of it
  const live = [...document.querySelectorAll("[data-live]")];
  const again = async () => {
    if (!document.hidden && !live.some((part) => part.contains(document.activeElement))) {
      try {
        const answer = await fetch(location.href, { redirect: "error" });
        const page = new DOMParser().parseFromString(await answer.text(), "text/html");
        const fresh = page.querySelectorAll("[data-live]");
        live.forEach((part, at) => fresh[at] && part.replaceChildren(...fresh[at].childNodes));
      } catch { /* the next time */ }
    }
    setTimeout(again, Number(live[0].dataset.live) * 1000);
  };
  if (live.length > 0) setTimeout(again, Number(live[0].dataset.live) * 1000);
  for (const back of document.querySelectorAll("[data-back]")) back.href = sessionStorage.getItem("sheet") || back.href;
  for (const form of document.querySelectorAll("[data-sends-itself]")) {
    for (const select of form.querySelectorAll("select")) select.addEventListener("change", () => form.requestSubmit());
  }
})();
