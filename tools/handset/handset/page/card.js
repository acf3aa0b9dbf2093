// One phone: who it is, the conversation, the box to type in.
import { api } from "/page/api.js";
import { bubble } from "/page/bubble.js";
import { compose } from "/page/compose.js";
import { el } from "/page/dom.js";
import { icon } from "/page/icons.js";
import { person as known, placeName } from "/page/store.js";
import { refusals } from "/page/story.js";
import { day, face, roleLabel } from "/page/words.js";

export function phoneCard(phone, close) {
  const messages = new Map();
  const talk = el("div", { class: "talk", role: "log", tabindex: "0" });
  const strip = el("div", { class: "refused", role: "status", hidden: true });
  const node = el("section", { class: "card", "data-phone": phone });
  const moments = []; // of messages, told meanwhile
  const told = new Map(); // what the stream says while an answer is on its way, which may not know it yet
  let last = null;
  let loads = 0;

  function head() {
    const person = known(phone);
    talk.setAttribute("aria-label", `Percakapan ${person.name}`);
    return el("header", {}, face(person),
      el("div", { class: "who" }, el("h2", { title: person.name }, person.name),
        el("p", {}, person.role ? roleLabel(person.role) : null, el("span", {}, person.shown),
          el("span", { title: person.places.join(", ") }, placesLine(person.places)))),
      el("div", { class: "tools" },
        el("button", { class: "plain wa", "aria-label": "WA dicabut dari ponsel ini", title: person.whatsapp ? "Cabut WhatsApp dari ponsel ini" : "Pasang WhatsApp lagi", "aria-pressed": String(!person.whatsapp), onclick: () => toggleWhatsApp(person) }, el("span", {}, "WA")),
        el("button", { class: "plain", "aria-label": `Tutup ${person.name}`, onclick: () => close(phone) }, icon("cross"))));
  }
  async function toggleWhatsApp(person) {
    const without = new Set((await api.faults()).no_whatsapp);
    if (person.whatsapp) without.add(phone); else without.delete(phone);
    await api.setFaults({ no_whatsapp: [...without] });
  }

  function append(message, fresh) {
    const low = talk.scrollHeight - talk.scrollTop - talk.clientHeight < 80;
    talk.querySelector(".hint")?.remove();
    if (!last || day(last.at) !== day(message.at)) talk.append(el("p", { class: "day" }, day(message.at)));
    const quoted = message.context ? [...messages.values()].find((one) => one.carrier_ids.includes(message.context)) : null;
    const made = bubble(message, quoted, last && last.direction !== message.direction);
    if (fresh) made.classList.add("new");
    talk.append(made);
    messages.set(message.id, message);
    last = message;
    if (low || message.direction === "sent") talk.scrollTop = talk.scrollHeight;
    if (fresh) see();
  }
  function hear(message) {
    if (loads) told.set(message.id, message);
    if (!messages.has(message.id)) append(message, true);
  }
  function change(message) {
    if (loads) told.set(message.id, message);
    const old = talk.querySelector(`[data-id="${message.id}"]`);
    if (!old) return;
    messages.set(message.id, message);
    const made = bubble(message, null, old.classList.contains("turn"));
    made.querySelector(".story").open = old.querySelector(".story").open;
    const quote = old.querySelector(".quote");
    if (quote) made.prepend(quote);
    const focused = old.contains(document.activeElement) ? [...old.querySelectorAll("button")].indexOf(document.activeElement) : -1;
    old.replaceWith(made);
    if (focused >= 0) made.querySelectorAll("button")[focused]?.focus();
  }
  function happened({ id, event }) {
    if (loads) moments.push({ id, event });
    const message = messages.get(id);
    if (!message || message.events.some((one) => one.at === event.at && one.what === event.what && one.note === event.note)) return;
    message.events.push(event);
    change(message);
  }
  function refused(list) {
    strip.replaceChildren(...refusals(list));
    strip.hidden = !list.length;
  }
  // Looking at the card reads its SMS; WhatsApp's read marks follow their switch unless the card is clicked.
  function see() {
    const unread = [...messages.values()].some((one) => one.direction === "received" && one.channel === "sms" && one.state !== "read");
    if (unread && document.visibilityState === "visible" && node.offsetParent) api.read(phone).catch(() => {});
  }
  function look() {
    const unread = [...messages.values()].some((one) => one.direction === "received" && one.state !== "read");
    if (unread) api.read(phone).catch(() => {});
  }
  async function load() {
    loads += 1;
    try {
      const found = await api.messages(phone);
      show(found.messages);
      refused(found.refused);
    } finally {
      loads -= 1;
    }
    for (const message of told.values()) if (messages.has(message.id)) change(message); else append(message, true);
    moments.forEach(happened);
    if (!loads) { told.clear(); moments.length = 0; }
  }
  function show(found) {
    messages.clear();
    last = null;
    talk.replaceChildren(...(found.length ? [] : [el("p", { class: "hint" }, "Belum ada pesan. Tulis sesuatu, misalnya MENU.")]));
    found.forEach((message) => append(message, false));
    talk.scrollTop = talk.scrollHeight;
    see();
  }

  let header = head();
  node.append(header, talk, strip, compose(known(phone)));
  talk.addEventListener("click", look);
  load();
  return {
    node, load, append: hear, change, happened, refused, see: look,
    refresh: () => { const fresh = head(); if (fresh.textContent !== header.textContent || !fresh.isEqualNode(header)) { header.replaceWith(fresh); header = fresh; } },
    type: () => node.querySelector("textarea").focus(),
  };
}

function placesLine(codes) {
  if (!codes.length) return "";
  return placeName(codes[0]) + (codes.length > 1 ? ` +${codes.length - 1}` : "");
}
