// Exchanges the numbers of the page as they change. The server draws; this only fills in.
"use strict";
(() => {
  const words = document.body.dataset;
  const english = words.lang === "en";
  const measures = ["submitted", "rejected", "held", "accepted", "verified", "funded", "paid", "in_question", "open", "returned", "cancelled"];
  const STALE_MS = 15000; // three beats missed
  const RELOAD_MS = 30000; // a page that lacks a row is loaded again, at most this often

  const grouped = (n, mark) => String(n).replace(/\B(?=(\d{3})+$)/g, mark);
  const rupiah = (n) => (n < 0 ? "-Rp" : "Rp") + grouped(Math.abs(n), ".");
  const count = (n) => (n < 0 ? "-" : "") + grouped(Math.abs(n), english ? "," : ".");
  const permille = (part, whole) => Number((BigInt(part) * 1000n) / BigInt(whole > 0 ? whole : 1));

  function percent(totals) {
    if (totals.allocation <= 0) return "–";
    const share = permille(totals.paid.rupiah, totals.allocation);
    const text = share >= 1000 ? "100%" : share === 0 ? (totals.paid.rupiah > 0 ? "<0,1%" : "0%") : `${Math.floor(share / 10)},${share % 10}%`;
    return english ? text.replace(",", ".") : text;
  }

  function step(totals) {
    if (totals.allocation <= 0) return "none";
    if (totals.paid.rupiah <= 0) return "s0";
    const share = permille(totals.paid.rupiah, totals.allocation);
    return share >= 1000 ? "s5" : "s" + (1 + Math.floor(share / 250));
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
    put(`${scope}.unfunded.r`, rupiah(totals.allocation - totals.funded.rupiah));
    put(`${scope}.pct`, percent(totals));
    for (const measure of measures) {
      put(`${scope}.${measure}.r`, rupiah(totals[measure].rupiah));
      put(`${scope}.${measure}.f`, count(totals[measure].families));
    }
    for (const bar of bars.get(scope) || []) {
      let x = 0;
      for (const [name, measure] of [["paid", "paid"], ["question", "in_question"], ["open", "open"]]) {
        const width = Math.max(0, Math.min(1000, permille(totals[measure].rupiah, totals.allocation)));
        const part = bar.querySelector("rect." + name);
        part.setAttribute("x", x);
        part.setAttribute("width", width);
        x += width;
      }
    }
  }

  const nothing = () => Object.assign({ allocation: 0 }, Object.fromEntries(measures.map((name) => [name, { families: 0, rupiah: 0 }])));

  function add(into, from, sign) {
    into.allocation += sign * from.allocation;
    for (const name of measures) for (const unit of ["families", "rupiah"]) into[name][unit] += sign * from[name][unit];
  }

  function gather(map, key, totals) {
    if (!map.has(key)) map.set(key, nothing());
    add(map.get(key), totals, 1);
  }

  function colour(attribute, sums) {
    for (const [code, totals] of sums) {
      const element = document.querySelector(`[data-${attribute}="${code}"]`);
      if (!element) continue;
      element.classList.remove("none", "s0", "s1", "s2", "s3", "s4", "s5");
      element.classList.add(step(totals));
    }
  }

  function pause(scope, paused) {
    const element = document.querySelector(`[data-paused="${scope}"]`);
    if (element) element.hidden = !paused;
  }

  function draw(board) {
    const provinces = new Map(), regencies = new Map();
    show("all", board.totals);
    for (const tranche of board.tranches) {
      const scope = "t" + tranche.id, rest = nothing();
      if (!places.has(`${scope}.pct`)) return again();
      show(scope, tranche.totals);
      pause(scope, tranche.paused);
      show(scope + ".sum", tranche.totals);
      add(rest, tranche.totals, 1);
      for (const province of tranche.provinces) {
        show(`${scope}.p${province.code}`, province.totals);
        add(rest, province.totals, -1);
        gather(provinces, province.code, province.totals);
        for (const regency of province.regencies) {
          if (!places.has(`${scope}.r${regency.code}.pct`)) return again();
          show(`${scope}.r${regency.code}`, regency.totals);
          pause(`${scope}.r${regency.code}`, regency.paused);
          gather(regencies, regency.code, regency.totals);
        }
      }
      const left = rest.allocation !== 0 || measures.some((name) => rest[name].families !== 0 || rest[name].rupiah !== 0);
      if (left && !places.has(`${scope}.x.pct`)) return again();
      show(scope + ".x", rest);
    }
    for (const [code, totals] of provinces) put(`m${code}.pct`, percent(totals));
    colour("tile", provinces);
    colour("square", regencies);
    ledger(board.differences);
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
      text.textContent = words[name];
    }
    if (heard) checked.textContent = `${Math.floor(age / 1000)} ${words.ago}`;
  }

  function hear(now) {
    heard = performance.now();
    connected = true;
    checked.dateTime = now;
    tell();
  }

  const source = new EventSource("/api/board/events");
  source.addEventListener("board", (event) => { const board = JSON.parse(event.data); draw(board); hear(board.now); });
  source.addEventListener("beat", (event) => hear(JSON.parse(event.data).now));
  source.onerror = () => { connected = false; tell(); };
  setInterval(tell, 1000);
  tell();
})();
