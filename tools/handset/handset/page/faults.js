// The drawer in which carriers are broken on purpose.
import { api } from "/page/api.js";
import { byId, el } from "/page/dom.js";
import { icon } from "/page/icons.js";
import { carriers, on } from "/page/store.js";

const COUNTS = [["throttle", "Terlalu cepat", "sekian pesan ditolak sementara; −1: semua"], ["reject", "Tolak", "sekian pesan ditolak; −1: semua"],
  ["undeliverable", "Tidak sampai", "sekian pesan diterima, lalu dilaporkan gagal; −1: semua"]];
const SECONDS = [["slow", "Lambat", "detik sebelum diproses"], ["late", "Jawaban telat", "detik setelah pesan tampil"]];
let faults = null;
let chosen = "sms";

export function setUpFaults() {
  const drawer = byId("faults"), opener = byId("faults-open");
  opener.addEventListener("click", () => {
    drawer.hidden = !drawer.hidden;
    opener.setAttribute("aria-expanded", String(!drawer.hidden));
    if (!drawer.hidden) drawer.querySelector("button")?.focus();
  });
  on("faults", show);
  on("hello", async () => show(await api.faults()));
}

function close() {
  byId("faults").hidden = true;
  byId("faults-open").setAttribute("aria-expanded", "false");
  byId("faults-open").focus();
}

function show(current) {
  faults = current;
  const listed = ["sms", "sms2", "twilio", "kannel", "whatsapp"].filter((id) => carriers.has(id));
  const count = listed.reduce((sum, id) => sum + active(faults[id]), faults.no_whatsapp.length + (faults.refuse_at_once ? 1 : 0));
  byId("faults-count").textContent = String(count);
  byId("faults-count").hidden = count === 0;
  const focused = document.activeElement?.dataset?.fault;
  byId("faults").replaceChildren(
    el("div", { class: "top" }, el("h2", {}, "Gangguan"), el("button", { class: "plain", "aria-label": "Tutup gangguan", onclick: close }, icon("cross"))),
    el("p", { class: "hint" }, "Rusakkan operator dengan sengaja, lalu lihat apa yang terjadi."),
    el("button", { class: "soft", onclick: () => api.clearFaults() }, "Pulihkan semuanya"),
    el("div", { class: "tabs", role: "tablist", "aria-label": "Operator" }, listed.map(tab)),
    carrier(chosen, carriers.get(chosen).name),
    el("fieldset", {}, el("legend", {}, "Ponsel"),
      toggle("auto_read", "Pesan WhatsApp dibaca sendiri", faults, (value) => ({ auto_read: value })),
      toggle("refuse_at_once", "Kesalahan langsung dijawab", faults, (value) => ({ refuse_at_once: value })),
      toggle("strict_templates", "Hanya templat terdaftar", faults, (value) => ({ strict_templates: value })),
      el("p", { class: "hint" }, faults.no_whatsapp.length ? `Tanpa WhatsApp: ${faults.no_whatsapp.join(", ")}` : "Tombol WA di ponsel mencabut WhatsApp dari ponsel itu."),
      el("button", { class: "soft", onclick: () => { if (confirm("Hapus semua percakapan?")) api.reset(); } }, "Hapus semua percakapan")));
  if (focused) document.querySelector(`[data-fault="${focused}"]`)?.focus();
}

const down = (set) => set.down_until * 1000 > Date.now();
const active = (set) => ["slow", "late", "throttle", "reject", "undeliverable", "lose_receipts", "webhook_twice", "webhook_out_of_order"].filter((name) => set[name]).length + (down(set) ? 1 : 0);

const WEBHOOKS = [["webhook_twice", "Webhook dua kali"], ["webhook_out_of_order", "Webhook tidak urut"]];

function tab(id) {
  const broken = active(faults[id]);
  return el("button", { type: "button", class: `tab ${id === "whatsapp" ? "wa" : "sms"}`, role: "tab", "aria-selected": String(id === chosen),
    "data-fault": `tab-${id}`, onclick: () => { chosen = id; show(faults); } },
  carriers.get(id).name, broken ? el("b", { title: `${broken} gangguan` }, String(broken)) : null);
}

function carrier(name, title) {
  const set = faults[name];
  const [look, more] = name === "whatsapp" ? ["wa", WEBHOOKS] : ["sms", []];
  const change = (field) => (value) => ({ [name]: { [field]: value } });
  return el("fieldset", {}, el("legend", { class: look }, title),
    SECONDS.map(([field, label, hint]) => number(name, field, label, hint, set, 0, 0.5)),
    COUNTS.map(([field, label, hint]) => number(name, field, label, hint, set, -1, 1)),
    [["lose_receipts", name === "whatsapp" ? "Status hilang" : "Laporan kirim hilang"], ...more].map(([field, label]) => toggle(`${name}-${field}`, label, set, change(field), field)),
    dropLine(name, set));
}

function number(name, field, label, hint, set, min, step) {
  const send = (event) => api.setFaults({ [name]: { [field]: Number(event.target.value || 0) } }).catch(() => {});
  return el("label", { class: `line${set[field] ? " on" : ""}` }, el("span", {}, label, el("small", {}, hint)),
    el("input", { type: "number", min: String(min), step: String(step), value: String(set[field]), "data-fault": `${name}-${field}`, onchange: send }));
}

function toggle(id, label, set, body, field = id) {
  return el("label", { class: "line" }, el("span", {}, label),
    el("input", { type: "checkbox", role: "switch", checked: set[field], "data-fault": id, onchange: (event) => api.setFaults(body(event.target.checked)).catch(() => {}) }));
}

function dropLine(name, set) {
  const seconds = el("input", { type: "number", min: "0", value: "10", "aria-label": `Detik ${name} terputus` });
  return el("div", { class: `line${down(set) ? " on" : ""}` },
    el("button", { class: "soft", onclick: () => api.drop(name, Number(seconds.value)) }, "Putuskan"), el("span", {}, "selama ", seconds, " detik"));
}
