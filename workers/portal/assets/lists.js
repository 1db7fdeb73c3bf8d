// Sends a file, and shows the server's answer. A list goes to be looked at first, then, once somebody has seen what would become of it, for good.
"use strict";
(() => {
  const form = document.querySelector("[data-list]");
  if (!form) return;
  const ahead = document.getElementById("ahead"), doing = document.getElementById("doing");
  const label = doing.querySelector("span"), bar = doing.querySelector("progress");

  function show(html) {
    const page = new DOMParser().parseFromString(html, "text/html");
    ahead.replaceChildren(...page.body.childNodes);
    const send = ahead.querySelector("[data-send]");
    if (send) send.addEventListener("click", () => take("/batches/send"));
  }

  function busy(is, text) {
    doing.hidden = !is;
    for (const button of document.querySelectorAll("[data-list] button, [data-send]")) button.disabled = is;
    if (text) label.textContent = text;
  }

  function take(path) {
    const list = form.elements.list.files[0], request = new XMLHttpRequest();
    const query = new URLSearchParams([...new FormData(form)].filter(([, value]) => typeof value === "string"));
    busy(true, form.dataset.sending);
    request.upload.addEventListener("progress", (event) => { bar.value = event.lengthComputable ? (100 * event.loaded) / event.total : 0; });
    request.upload.addEventListener("load", () => { bar.removeAttribute("value"); label.textContent = form.dataset.reading; });
    request.addEventListener("load", () => { busy(false); show(request.responseText); });
    request.addEventListener("error", () => { busy(false); doing.hidden = false; label.textContent = form.dataset.broken; });
    request.open("POST", `${path}?${query}`);
    request.setRequestHeader("content-type", "application/octet-stream");
    request.send(list);
  }

  form.addEventListener("submit", (event) => { event.preventDefault(); take(form.dataset.list); });
  // another file or tranche is another list: what was seen of the first one does not count
  form.addEventListener("change", () => ahead.replaceChildren());
})();
