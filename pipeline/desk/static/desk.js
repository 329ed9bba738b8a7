// The desk's keyboard and its live feed. Every page works without this file.
"use strict";

(() => {
  const POLL = 2000;
  const root = document.documentElement;
  const said = document.getElementById("said");
  const help = document.getElementById("help");
  const list = document.getElementById("rows");
  const live = document.getElementById("live");
  const fresh = document.getElementById("fresh");
  root.classList.add("has-script");

  const rows = () => [...document.querySelectorAll("[data-row]")];
  const chosen = () => document.querySelector("[data-chosen]") || document.querySelector("[data-page]");
  const isTyping = (at) => at.matches("input:not([type=hidden]), textarea, select");
  const say = (text, kind = "") => {
    said.textContent = text;
    said.dataset.kind = kind;
  };

  // ---- Choosing a row -------------------------------------------------------------------------------------------
  const choose = (row, focus = true) => {
    for (const other of document.querySelectorAll("[data-chosen]")) delete other.dataset.chosen;
    if (!row) return;
    row.dataset.chosen = "";
    if (focus) {
      row.focus({ preventScroll: true });
      row.scrollIntoView({ block: "nearest" });
    }
  };
  const move = (by) => {
    const all = rows().filter((row) => !("page" in row.dataset));
    const at = all.findIndex((row) => "chosen" in row.dataset);
    if (all.length) choose(all[Math.min(Math.max(at < 0 ? 0 : at + by, 0), all.length - 1)]);
  };
  document.addEventListener("focusin", (event) => {
    const row = event.target.closest("[data-row]:not([data-page])");
    if (row && !("chosen" in row.dataset)) choose(row, false);
  });

  // ---- Triage ---------------------------------------------------------------------------------------------------
  const WORDS = { acknowledge: "已受理", dismiss: "已排除", close: "已办结", reopen: "已重新打开", note: "已记下" };
  const STATES = { new: "待处置", acknowledged: "已受理", dismissed: "已排除", closed: "已办结" };
  const named = (row) => row.querySelector("h1, h2")?.textContent.trim() ?? "";
  const make = (tag, text = "", attributes = {}) => {
    const element = document.createElement(tag);
    element.textContent = text;
    for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
    return element;
  };

  const showClash = (form, action, answer) => {
    form.querySelector(".clash")?.remove();
    form.elements.version.value = answer.event.version;
    const box = make("div", "", { class: "clash", role: "alert" });
    box.append(make("p", `有人先改了，您的改动还没有保存。现在是${STATES[answer.event.status] ?? answer.event.status}${answer.event.owner ? `（${answer.event.owner}）` : ""}：`));
    for (const note of answer.meanwhile ?? []) box.append(make("p", `${note.by}：${note.text}`));
    const again = make("button", "仍然保存", { name: "action", value: action });
    const leave = make("button", "放弃", { type: "button" });
    leave.addEventListener("click", () => {
      box.remove();
      form.elements.note.value = "";
      form.closest("[data-row]").focus();
      refresh();
    });
    const acts = make("p", "", { class: "acts" });
    acts.append(again, leave);
    box.append(acts);
    form.append(box);
    again.focus();
    say("有人先改了这个事件，您的改动还没有保存", "bad");
  };

  const send = async (form, action) => {
    const row = form.closest("[data-row]");
    const note = form.elements.note.value;
    const buttons = form.querySelectorAll("button");
    for (const button of buttons) button.disabled = true;
    try {
      const response = await fetch(`/api/events/${encodeURIComponent(form.dataset.event)}/triage`, {
        method: "POST",
        headers: { "content-type": "application/json", "x-csrf": form.elements.csrf?.value ?? "" },
        body: JSON.stringify({ version: Number(form.elements.version.value), action, note }),
      });
      const answer = await response.json();
      if (response.status === 409 && answer.event) return showClash(form, action, answer);
      if (!response.ok) return say(`没有保存：${answer.error}`, "bad");
      if ("page" in row.dataset) return location.reload();
      form.elements.note.value = "";
      form.querySelector(".clash")?.remove();
      form.querySelector(".note").open = false;
      row.focus({ preventScroll: true });
      say(`${WORDS[action]}：${named(row)}`);
      await refresh();
    } catch {
      say("没有保存：连不上值守台，文字还在，请稍后再试", "bad");
    } finally {
      for (const button of buttons) button.disabled = false;
    }
  };

  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!form.matches("form.triage[data-event]")) return;
    event.preventDefault();
    const action = event.submitter?.value;
    if (action === "note" && !form.elements.note.value.trim()) return openNote(form.closest("[data-row]"));
    if (action) send(form, action);
  });
  const press = (action) => {
    const button = chosen()?.querySelector(`form.triage .acts button[value="${action}"]`);
    if (button) button.click();
  };
  const openNote = (row) => {
    const details = row?.querySelector(".note");
    if (!details) return;
    details.open = true;
    details.querySelector("textarea").focus();
  };

  // ---- Keys -----------------------------------------------------------------------------------------------------
  const keys = {
    j: () => move(1),
    k: () => move(-1),
    a: () => press("acknowledge"),
    d: () => press("dismiss"),
    c: () => press("close"),
    n: () => openNote(chosen()),
    "/": () => document.getElementById("find").select(),
    "?": () => help.showModal(),
  };
  document.addEventListener("keydown", (event) => {
    const at = event.target;
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && at.matches(".triage textarea")) {
      event.preventDefault();
      at.form.requestSubmit(at.form.querySelector('button[value="note"]'));
      return;
    }
    if (event.isComposing || event.ctrlKey || event.metaKey || event.altKey || help.open) return;
    if (event.key === "Escape" && isTyping(at)) {
      (at.closest("[data-row]") ?? document.body).focus();
      at.blur();
      return;
    }
    if (isTyping(at)) return;
    if (event.key === "Enter" && at.matches("[data-row]")) {
      const link = at.querySelector("h2 a, a");
      if (link) link.click();
      return;
    }
    const act = keys[event.key];
    if (act) {
      event.preventDefault();
      act();
    }
  });
  document.querySelector("[data-help]").addEventListener("click", () => help.showModal());
  for (const form of document.querySelectorAll("[data-auto]")) {
    form.addEventListener("change", () => form.requestSubmit());
    // Empty filters need not stand in the address.
    form.addEventListener("formdata", (event) => {
      for (const [name, value] of [...event.formData]) if (!value) event.formData.delete(name);
    });
  }

  // ---- The live feed --------------------------------------------------------------------------------------------
  let tag = "";
  let stamps = null;
  let unseen = 0;

  const isBusy = (row) => row.querySelector(".clash") || row.querySelector("textarea")?.value || row.querySelector(".note[open]");
  const built = (html) => new DOMParser().parseFromString(`<ol>${html}</ol>`, "text/html").querySelector("li");

  // What the reader looks at: the chosen row if it is on screen, else the first row below the top bar; none at the very top.
  const anchor = () => {
    const seen = (row) => row.getBoundingClientRect().bottom > 80 && row.getBoundingClientRect().top < innerHeight;
    const mine = list.querySelector("[data-chosen]");
    if (mine && seen(mine)) return mine;
    return scrollY > 8 ? [...list.children].find(seen) : null;
  };

  const merge = (faces) => {
    const known = new Map([...list.children].map((row) => [row.dataset.row, row]));
    const first = stamps === null;
    const before = stamps ?? new Map();
    const held = anchor();
    const at = held?.getBoundingClientRect().top;
    const focus = document.activeElement;
    const hadFocus = focus?.matches("[data-row]") ? focus.dataset.row : null;
    const arrived = [];
    let last = null;
    stamps = new Map(faces.map((face) => [face.id, face.stamp]));
    for (const face of faces) {
      let row = known.get(face.id);
      if (!row) {
        row = built(face.html);
        row.classList.add("arrived");
        arrived.push(row);
        last ? last.after(row) : list.prepend(row);
      } else if (!first && before.get(face.id) !== face.stamp && !isBusy(row)) {
        const next = built(face.html);
        if ("chosen" in row.dataset) next.dataset.chosen = "";
        row.replaceWith(next);
        row = next;
      }
      known.delete(face.id);
      last = row;
    }
    for (const row of known.values()) {
      // Overtaken, or outside the filter now: what is being read or written stays until the page is loaded again.
      if (isBusy(row) || "chosen" in row.dataset || row === held) row.classList.add("left");
      else row.remove();
    }
    const kept = held && (held.isConnected ? held : list.querySelector(`[data-row="${CSS.escape(held.dataset.row)}"]`));
    if (kept) scrollBy({ top: kept.getBoundingClientRect().top - at, behavior: "instant" });
    if (hadFocus) list.querySelector(`[data-row="${CSS.escape(hadFocus)}"]`)?.focus({ preventScroll: true });
    document.getElementById("empty").hidden = list.children.length > 0;
    if (arrived.length) {
      say(`新预警 ${arrived.length} 条：${arrived.map((row) => `${row.querySelector(".badge").textContent.trim()} ${named(row)}`).join("；")}`);
      if (kept) {
        unseen += arrived.length;
        fresh.textContent = `↑ 上方有 ${unseen} 条新预警`;
        fresh.hidden = false;
      }
    }
    ago();
  };

  const refresh = async () => {
    if (!list?.dataset.live) return;
    try {
      const response = await fetch(list.dataset.live, { headers: tag ? { "if-none-match": tag } : {}, cache: "no-store" });
      if (response.status === 401) {
        if (live.dataset.state !== "off") say("登录已过期，不再有新预警；请重新登录", "bad");
        live.dataset.state = "off";
        live.lastElementChild.textContent = "登录已过期";
        return;
      }
      if (response.status !== 304 && !response.ok) throw new Error(String(response.status));
      if (response.ok) {
        const answer = await response.json();
        tag = response.headers.get("etag") ?? "";
        merge(answer.rows);
      }
      if (live.dataset.state !== "on") say("已重新连上");
      live.dataset.state = "on";
      live.lastElementChild.textContent = "实时";
    } catch {
      if (live.dataset.state !== "off") say("连不上值守台，正在重试；屏上内容可能已旧", "bad");
      live.dataset.state = "off";
      live.lastElementChild.textContent = "已断开，正在重试";
    }
  };
  if (list?.dataset.live) {
    const beat = async () => {
      await refresh();
      setTimeout(beat, POLL);
    };
    beat();
    fresh.addEventListener("click", () => {
      choose(null);
      scrollTo({ top: 0 });
    });
    addEventListener("scroll", () => {
      if (scrollY < 8) {
        unseen = 0;
        fresh.hidden = true;
      }
    });
  }

  // ---- How long ago ---------------------------------------------------------------------------------------------
  const ago = () => {
    for (const time of document.querySelectorAll("time[data-ago]")) {
      const minutes = Math.floor((Date.now() - Date.parse(time.dateTime)) / 60000);
      time.dataset.clock ??= time.textContent;
      time.textContent = minutes < 0 || minutes > 59 ? time.dataset.clock : minutes ? `${minutes} 分钟前` : "刚刚";
    }
  };
  // ---- How long there is left -------------------------------------------------------------------------------------
  const spoken = (minutes) => {
    const [days, hours, rest] = [Math.floor(minutes / 1440), Math.floor((minutes % 1440) / 60), minutes % 60];
    if (days) return `${days} 天${hours ? ` ${hours} 小时` : ""}`;
    if (hours) return `${hours} 小时${rest ? ` ${rest} 分` : ""}`;
    return `${Math.max(minutes, 1)} 分钟`;
  };
  const countDown = () => {
    for (const timer of document.querySelectorAll("[data-due]")) {
      const left = Date.parse(timer.dataset.due) - Date.now();
      timer.className = `timer timer-${left < 0 ? "broken" : "running"}`;
      timer.textContent = `${left < 0 ? "超时" : "余"} ${spoken(Math.floor(Math.abs(left) / 60000))}`;
    }
  };
  ago();
  setInterval(() => {
    ago();
    countDown();
  }, 30000);
  // On paper, how long ago means nothing.
  addEventListener("beforeprint", () => {
    for (const time of document.querySelectorAll("time[data-clock]")) time.textContent = time.dataset.clock;
  });
})();
