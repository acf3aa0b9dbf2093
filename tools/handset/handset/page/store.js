// What the page knows, kept true by the stream of changes.
import { api } from "/page/api.js";

export const people = new Map(); // phone -> card of /api/phones
export const places = new Map(); // code -> place
export const carriers = new Map([["whatsapp", { id: "whatsapp", name: "WhatsApp", inbound: false }]]); // SMS carriers come from /api/carriers
const listeners = {};

export function on(kind, listener) { (listeners[kind] ??= []).push(listener); }
function tell(kind, data) { for (const listener of listeners[kind] ?? []) listener(data); }

let search = "";
export let total = 0;

export async function find(text = search) {
  search = text;
  const found = await api.phones(text);
  total = found.total;
  const shown = found.phones.map((person) => person.phone);
  for (const person of found.phones) people.set(person.phone, person);
  tell("list", shown);
}

export async function loadPlaces() {
  for (const place of (await api.places()).places) places.set(place.code, place);
}

export async function loadCarriers() {
  const found = await api.carriers();
  for (const carrier of found.carriers) carriers.set(carrier.id, carrier);
  return found;
}

export const carrierName = (id) => carriers.get(id)?.name ?? id;
export const placeName = (code) => places.get(code)?.name ?? code;

export function person(phone) {
  return people.get(phone) ?? { phone, shown: phone, name: phone, role: "", places: [], channel: "sms", whatsapp: true, unread: 0, last: null };
}

let pending;
function listSoon() {
  pending ??= setTimeout(() => { pending = undefined; find().catch(() => {}); }, 150);
}

export function connect() {
  const stream = new EventSource("/api/stream");
  const listen = (kind, handle) => stream.addEventListener(kind, (event) => handle(JSON.parse(event.data)));
  listen("hello", () => { tell("hello"); listSoon(); });
  listen("message", (message) => { tell("message", message); listSoon(); });
  listen("changed", (message) => { tell("changed", message); listSoon(); });
  listen("faults", (faults) => { tell("faults", faults); listSoon(); });
  listen("event", (told) => tell("event", told));
  listen("refused", (told) => tell("refused", told));
  listen("links", () => tell("links"));
  listen("reset", () => { tell("hello"); listSoon(); });
  stream.addEventListener("error", () => tell("lost"));
}
