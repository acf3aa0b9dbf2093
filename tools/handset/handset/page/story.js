// What happened to a message, moment by moment, and what did not reach a phone yet.
import { el } from "/page/dom.js";
import { carrierName } from "/page/store.js";

const clock = new Intl.DateTimeFormat("id-ID", { hour: "2-digit", minute: "2-digit", second: "2-digit", fractionalSecondDigits: 1, hourCycle: "h23" });
const moment = (seconds) => clock.format(new Date(seconds * 1000));
const REPORTS = { sent: "terkirim", accepted: "diteruskan", delivered: "sampai", read: "dibaca", failed: "gagal" };
const WHYS = { throttle: "terlalu cepat", reject: "ditolak", undeliverable: "diterima, tidak sampai", 131026: "tanpa WhatsApp", 131047: "lewat 24 jam" };

const report = (note) => `laporan${note ? ` “${REPORTS[note] ?? note}”` : ""}`;
const why = (note) => note.replace(/^\S+/, (word) => WHYS[word] ?? word).replace(/ (\d+)x$/, " $1×");
const WORDS = {
  typed: () => "ditulis di ponsel ini",
  taken: () => "diambil layanan",
  submitted: () => "diserahkan layanan",
  part: (event) => `bagian ${event.note} datang`,
  accepted: () => "layanan dijawab: diterima",
  delivered: () => "tampil di ponsel",
  read: () => "dibaca",
  told: (event) => `${report(event.note)} diambil layanan`,
  lost: (event) => `${report(event.note)} sengaja dihilangkan`,
  refused: (event) => `${carrierName(event.carrier)} gagal: ${why(event.note)}`,
};

export function story(message) {
  const events = [...message.events].sort((one, other) => one.at - other.at);
  return el("ol", { "aria-label": "Perjalanan pesan" },
    el("li", { class: "by" }, `Lewat ${carrierName(message.carrier)}${message.sender ? `, pengirim ${message.sender}` : ""}`),
    events.map((event) => el("li", { class: event.what },
      el("time", {}, moment(event.at)), el("span", {}, (WORDS[event.what] ?? (() => event.what))(event)))));
}

// One line for each way that was refused since the last message.
export function refusals(list) {
  return list.map((one) => el("p", { title: one.text },
    el("time", {}, moment(one.at)), el("span", {}, `${carrierName(one.carrier)} gagal${one.count > 1 ? ` ${one.count}×` : ""}: ${why(one.why)}`)));
}
