// Exchanges the numbers of the page as they change. The server draws; this only fills in.
"use strict";
(() => {
  const words = document.getElementById("board").dataset;
  const english = words.lang === "en";
  const measures = ["submitted", "rejected", "held", "accepted", "verified", "funded", "paid", "in_question", "open", "returned", "cancelled"];
  const STALE_MS = 15000; // three beats missed
  const RELOAD_MS = 30000; // a page that lacks a row is loaded again, at most this often

  const grouped = (n, mark) => String(n).replace(/\B(?=(\d{3})+$)/g, mark);
  const rupiah = (n) => (n < 0 ? "-Rp" : "Rp") + grouped(Math.abs(n), ".");
  const count = (n) => (n < 0 ? "-" : "") + grouped(Math.abs(n), english ? "," : ".");
  const permille = (part, whole) => Number((BigInt(part) * 1000n) / BigInt(whole > 0 ? whole : 1));

  const HIDDEN = "⋯"; // few families
  const money = (cell) => (cell ? rupiah(cell.rupiah) : HIDDEN);
  const part = (cell, whole) => (cell ? Math.max(0, Math.min(1000, permille(cell.rupiah, whole))) : 0);

  function percent(totals) {
    if (totals.allocation <= 0) return "–";
    if (!totals.paid) return HIDDEN;
    const share = permille(totals.paid.rupiah, totals.allocation);
    const text = share >= 1000 ? "100%" : share === 0 ? (totals.paid.rupiah > 0 ? "<0,1%" : "0%") : `${Math.floor(share / 10)},${share % 10}%`;
    return english ? text.replace(",", ".") : text;
  }

  const places = new Map();
  for (const element of document.querySelectorAll("[data-k]")) {
    const list = places.get(element.dataset.k) || [];
    list.push(element);
    places.set(element.dataset.k, list);
  }
  const bars = new Map();
  for (const bar of document.querySelectorAll("[data-bar]")) bars.set(bar.dataset.bar, (bars.get(bar.dataset.bar) || []).concat(bar));

  function put(key, text) {
    for (const element of places.get(key) || []) {
      if (element.textContent === text) continue;
      element.textContent = text;
      element.classList.remove("changed");
      void element.offsetWidth; // restarts the animation
      element.classList.add("changed");
    }
  }

  function show(scope, totals) {
    put(`${scope}.allocation.r`, rupiah(totals.allocation));
    put(`${scope}.unfunded.r`, totals.funded ? rupiah(totals.allocation - totals.funded.rupiah) : HIDDEN);
    put(`${scope}.pct`, percent(totals));
    for (const measure of measures) {
      put(`${scope}.${measure}.r`, money(totals[measure]));
      put(`${scope}.${measure}.f`, totals[measure] ? count(totals[measure].families) : HIDDEN);
    }
    for (const bar of bars.get(scope) || []) {
      let x = 0;
      for (const [name, measure] of [["paid", "paid"], ["question", "in_question"], ["open", "open"]]) {
        const rect = bar.querySelector("rect." + name), width = part(totals[measure], totals.allocation);
        rect.setAttribute("x", x);
        rect.setAttribute("width", width);
        x += width;
      }
    }
  }

  function colour(code, step) {
    const element = document.querySelector(`[data-step="${code}"]`);
    if (!element) return;
    element.classList.remove("none", "few", "s0", "s1", "s2", "s3", "s4", "s5");
    element.classList.add(step);
  }

  function line(curve) {
    const svg = document.querySelector("svg.curve");
    if (!svg || !curve) return;
    const points = curve.paid.split(" "), height = svg.dataset.height, x = (point) => point.split(",")[0];
    svg.querySelector(".line").setAttribute("points", curve.paid);
    svg.querySelector(".plan").setAttribute("points", curve.plan);
    svg.querySelector(".area").setAttribute("points", `${x(points[0])},${height} ${curve.paid} ${x(points[points.length - 1])},${height}`);
    for (const name of ["sum", "due", "top"]) put("curve." + name, rupiah(curve[name]));
  }

  const clock = new Intl.DateTimeFormat(english ? "en-GB" : "id-ID", { timeZone: "Asia/Jakarta", hour: "2-digit", minute: "2-digit", second: "2-digit" });

  function tick(lines) {
    document.getElementById("no-ticker").hidden = lines.length > 0;
    const list = document.getElementById("ticker"), newest = list.dataset.newest;
    if (lines.length === 0 || newest === lines[0].at + lines[0].regency) return;
    list.dataset.newest = lines[0].at + lines[0].regency;
    list.replaceChildren(...lines.map((told) => {
      const item = document.createElement("li");
      for (const [tag, text] of [["span", told.name], ["b", rupiah(told.rupiah)], ["time", clock.format(new Date(told.at)) + " WIB"], ["small", `${count(told.families)} ${words.families}`]]) {
        const element = document.createElement(tag);
        element.textContent = text;
        item.append(element, " ");
      }
      return item;
    }));
  }

  function pause(scope, paused) {
    const element = document.querySelector(`[data-paused="${scope}"]`);
    if (element) element.hidden = !paused;
  }

  function draw(view) {
    if (view.tranches.some((tranche) => !places.has(`t${tranche.id}.pct`)) || view.parts.some((one) => !places.has(`p${one.code}.pct`))) again();
    if (view.curve && !document.querySelector("svg.curve")) again();
    show("all", view.place.totals);
    for (const tranche of view.tranches) {
      show("t" + tranche.id, tranche.totals);
      pause("t" + tranche.id, tranche.paused);
    }
    for (const one of view.parts) {
      show("p" + one.code, one.totals);
      pause("p" + one.code, one.paused);
      colour(one.code, one.step);
    }
    for (const [code, step] of Object.entries(view.squares)) colour(code, step);
    for (const by of view.methods) {
      show("m." + by.method, by.totals);
      const rect = document.querySelector(`[data-of-funded="${by.method}"] rect.paid`);
      if (rect) rect.setAttribute("width", by.totals.funded && by.totals.funded.rupiah > 0 ? part(by.totals.paid, by.totals.funded.rupiah) : 0);
    }
    line(view.curve);
    tick(view.ticker);
    ledger(view.differences);
  }

  function ledger(differences) {
    const banner = document.getElementById("ledger");
    const name = differences.length === 0 ? "equal" : "differs";
    if (!banner.classList.contains(name)) {
      banner.classList.remove("equal", "differs");
      banner.classList.add(name);
    }
    const label = { allocation: words.allocation, funded: words.funded, handed_over: words.handed };
    document.getElementById("differences").textContent = differences.slice(0, 5)
      .map((d) => `T${d.tranche} ${d.regency} ${label[d.what]}: ${words.board} ${rupiah(d.board)}, ${words.ledger} ${rupiah(d.ledger)}.`).join(" ");
  }

  function again() {
    const last = Number(sessionStorage.getItem("again") || 0);
    if (Date.now() - last < RELOAD_MS) return;
    sessionStorage.setItem("again", String(Date.now()));
    location.reload();
  }

  const state = document.getElementById("state"), text = document.getElementById("state-text"), checked = document.getElementById("checked");
  let heard = 0, connected = false;

  function tell() {
    const age = heard ? performance.now() - heard : 0;
    const name = !connected ? (heard ? "offline" : "connecting") : age > STALE_MS ? "stale" : "live";
    if (state.dataset.state !== name) {
      state.dataset.state = name;
      text.textContent = name === "live" ? words.connected : words[name];
    }
    if (heard) checked.textContent = `${Math.floor(age / 1000)} ${words.ago}`;
  }

  function hear(now) {
    heard = performance.now();
    connected = true;
    checked.dateTime = now;
    tell();
  }

  const source = new EventSource(words.events);
  source.addEventListener("board", (event) => draw(JSON.parse(event.data)));
  source.addEventListener("beat", (event) => hear(JSON.parse(event.data).now));
  source.onerror = () => { connected = false; tell(); };
  setInterval(tell, 1000);
  tell();
})();
