// Puts the page together: the list of phones, the wall of open ones, what is connected.
import { phoneCard } from "/page/card.js";
import { byId, el, toast } from "/page/dom.js";
import { setUpFaults } from "/page/faults.js";
import { connect, find, loadCarriers, loadPlaces, on, person, placeName, total } from "/page/store.js";
import { face, roleLabel, roleName, summary, time } from "/page/words.js";

const FIRST = 3;
const cards = new Map();
let listed = [];

function open(phone, front = true) {
  if (!cards.has(phone)) {
    const card = phoneCard(phone, close);
    cards.set(phone, card);
    byId("wall").append(card.node);
  }
  if (front) bringToFront(phone);
  remember();
}

function bringToFront(phone) {
  for (const [other, card] of cards) card.node.classList.toggle("front", other === phone);
  document.body.classList.add("picked");
  const card = cards.get(phone);
  card.node.scrollIntoView({ block: "nearest", behavior: "smooth" });
  card.see();
}

function close(phone) {
  cards.get(phone)?.node.remove();
  cards.delete(phone);
  document.body.classList.remove("picked");
  remember();
}

function remember() {
  history.replaceState(null, "", `#${[...cards.keys()].join(",")}`);
  byId("empty").hidden = cards.size > 0;
  drawList();
}

function toggle(phone) {
  const small = matchMedia("(max-width: 720px)").matches;
  if (cards.has(phone) && !small) close(phone);
  else { open(phone); if (!small) cards.get(phone).type(); }
}

function drawList() {
  const list = byId("list");
  const focused = document.activeElement?.dataset?.entry;
  list.replaceChildren(...listed.map((phone) => entry(person(phone))));
  if (focused) list.querySelector(`[data-entry="${focused}"]`)?.focus();
  byId("more").hidden = listed.length >= total && listed.length > 0;
  byId("more").textContent = listed.length ? `${total - listed.length} lagi: persempit pencarian.` : "Tidak ada yang cocok.";
}

function entry(who) {
  const line = who.last ? summary(who.last) : placeName(who.places[0] ?? "");
  return el("li", {}, el("button", {
    class: "entry", "data-entry": who.phone, "aria-pressed": String(cards.has(who.phone)), onclick: () => toggle(who.phone),
    title: `${roleName(who.role)} ${who.shown}`,
  }, face(who), el("span", {}, el("strong", {}, who.name), el("small", {}, who.role ? roleLabel(who.role) : null, line)),
  el("span", { class: "count" }, who.last ? el("time", {}, time(who.last.at)) : null,
    who.unread ? el("span", { class: "unread", "aria-label": `${who.unread} belum dibaca` }, String(who.unread)) : null)));
}

async function drawLinks() {
  const found = await loadCarriers();
  const waiting = Object.values(found.owed).reduce((sum, count) => sum + count, 0);
  const links = { sms: found.smpp, sms2: found.smpp2 };
  const centres = found.carriers.filter((carrier) => carrier.id in links);
  byId("links").replaceChildren(
    ...centres.map(({ id, name }) => el("span", { class: links[id].length ? "up" : "", title: `${links[id].length} sambungan SMPP` },
      el("i", {}, name.replace(/\d+$/, "")), name.match(/\d+$/)[0], el("i", {}, links[id].length ? " tersambung" : " belum tersambung"))),
    waiting ? el("span", { title: "belum diambil layanan" }, `${waiting} menunggu`) : "");
}

let drawing;
const linksSoon = () => { drawing ??= setTimeout(() => { drawing = undefined; drawLinks().catch(() => {}); }, 300); };

function start() {
  on("list", (phones) => {
    listed = phones;
    if (!start.done) { start.done = true; openFirst(phones); }
    drawList();
    for (const card of cards.values()) card.refresh();
  });
  on("message", (message) => {
    if (byId("follow").checked && !cards.has(message.phone)) open(message.phone, false);
    cards.get(message.phone)?.append(message);
    linksSoon();
  });
  on("changed", (message) => { cards.get(message.phone)?.change(message); linksSoon(); });
  on("event", (told) => cards.get(told.phone)?.happened(told));
  on("refused", (told) => cards.get(told.phone)?.refused(told.refused));
  on("links", linksSoon);
  on("hello", () => { for (const card of cards.values()) card.load(); linksSoon(); });
  on("lost", () => toast("Sambungan ke handset terputus, mencoba lagi…"));
  let typing;
  byId("search").addEventListener("input", (event) => { clearTimeout(typing); typing = setTimeout(() => find(event.target.value), 150); });
  byId("menu").addEventListener("click", () => document.body.classList.toggle("picked"));
  byId("other").addEventListener("submit", (event) => {
    event.preventDefault();
    const digits = event.target.elements.phone.value.replace(/\D/g, "").replace(/^0/, "62");
    if (digits.length > 5) { event.target.reset(); open(digits); }
  });
  byId("follow").checked = localStorage.getItem("follow") === "yes";
  byId("follow").addEventListener("change", (event) => localStorage.setItem("follow", event.target.checked ? "yes" : "no"));
  document.addEventListener("visibilitychange", () => { if (document.visibilityState === "visible") for (const card of cards.values()) card.refresh(); });
  setUpFaults();
  Promise.allSettled([loadPlaces(), loadCarriers()]).finally(() => connect());
}

function openFirst(phones) {
  const kept = location.hash.slice(1).split(",").filter((phone) => /^\d+$/.test(phone));
  const small = matchMedia("(max-width: 720px)").matches;
  for (const phone of kept.length ? kept : small ? [] : phones.slice(0, FIRST)) open(phone, false);
  if (small && kept.length) bringToFront(kept[0]);
  byId("empty").hidden = cards.size > 0;
}

start();
