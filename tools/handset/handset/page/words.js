// How things are called and shown to people.
import { el } from "/page/dom.js";

const ROLES = {
  midwife: "Bidan", kader: "Kader", doctor: "Dokter", facility_duty: "Faskes", puskesmas_head: "Kepala puskesmas",
  district_health_office: "Dinkes", collector: "Petugas sampah", field_supervisor: "Mandor", dlh_officer: "DLH",
  bpbd_duty: "Piket BPBD", bpbd_commander: "Komandan BPBD", village_head: "Kepala desa", volunteer: "Relawan",
  service_desk: "Meja layanan", resident: "Warga", operator: "Operator",
};
const HUES = { midwife: 335, kader: 305, doctor: 200, facility_duty: 220, puskesmas_head: 185, district_health_office: 170,
  collector: 95, field_supervisor: 75, dlh_officer: 130, bpbd_duty: 20, bpbd_commander: 5, village_head: 42, volunteer: 28, resident: 250 };

const hue = (role) => String(HUES[role] ?? [...(role || "x")].reduce((sum, letter) => sum * 31 + letter.charCodeAt(0), 7) % 360);
const coloured = (node, role) => { node.style.setProperty("--hue", hue(role)); return node; };

export const roleName = (role) => ROLES[role] ?? role.replaceAll("_", " ");
export const roleLabel = (role) => coloured(el("span", { class: "role" }, roleName(role)), role);
export const face = (person) => coloured(el("span", { class: "face", "aria-hidden": "true" }, initials(person.name)), person.role);

function initials(name) {
  const words = name.split(/[^\p{L}\d]+/u).filter(Boolean);
  return (words.length > 1 ? words[0][0] + words[1][0] : name.slice(0, 2)).toUpperCase();
}

const clock = new Intl.DateTimeFormat("id-ID", { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
const calendar = new Intl.DateTimeFormat("id-ID", { weekday: "long", day: "numeric", month: "long" });
export const time = (seconds) => clock.format(new Date(seconds * 1000));
export const day = (seconds) => calendar.format(new Date(seconds * 1000));

// One line about a message, for lists and quotes.
export function summary(message) {
  if (message.kind === "location") return `Lokasi ${message.text || message.location?.name || ""}`;
  if (message.kind === "image") return `Foto ${message.text}`;
  return message.text.replace(/\s+/g, " ");
}

const GSM = new Set("@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà");
const TWICE = new Set("\f^{}\\[~]|€");

// How many SMS a text would take.
export function smsLength(text) {
  const letters = [...text];
  const gsm = letters.every((letter) => GSM.has(letter) || TWICE.has(letter));
  const units = gsm ? letters.reduce((sum, letter) => sum + (TWICE.has(letter) ? 2 : 1), 0) : text.length;
  const [single, part] = gsm ? [160, 153] : [70, 67];
  const count = units <= single ? 1 : Math.ceil(units / part);
  return `${units}/${count === 1 ? single : count * part} · ${count} SMS${gsm ? "" : " · UCS-2"}`;
}
