// One message as it stands in a conversation.
import { api } from "/page/api.js";
import { el } from "/page/dom.js";
import { icon } from "/page/icons.js";
import { carrierName } from "/page/store.js";
import { story } from "/page/story.js";
import { summary, time } from "/page/words.js";

const TICKS = {
  waiting: ["clock", "menunggu diambil layanan"], taken: ["checks", "sudah diambil layanan"],
  sent: ["check", "terkirim"], delivered: ["checks", "diterima ponsel"], read: ["checks", "sudah dibaca"],
};

export function bubble(message, quoted, turn) {
  const classes = ["bubble", message.channel, message.direction, turn ? "turn" : ""].join(" ");
  return el("article", { class: classes, "data-id": String(message.id), "aria-label": spoken(message) },
    quoted ? el("div", { class: "quote" }, summary(quoted)) : null,
    ...content(message),
    choices(message),
    el("details", { class: "story" }, meta(message), story(message)));
}

function spoken(message) {
  const via = message.channel === "sms" ? "SMS" : "WhatsApp";
  return message.direction === "sent" ? `${via} dari ponsel ini` : `${via} diterima`;
}

function content(message) {
  const parts = [];
  if (message.kind === "image") parts.push(picture(message));
  if (message.location) {
    const { latitude, longitude, name } = message.location;
    parts.push(el("div", { class: "pin" }, icon("pin"), el("span", {}, name || "Lokasi", el("small", {}, `${latitude.toFixed(5)}, ${longitude.toFixed(5)}`))));
  } else if (message.text) parts.push(el("p", {}, message.text));
  return parts;
}

function picture(message) {
  if (!/^\d+$/.test(message.media)) return el("p", {}, `Foto: ${message.media}`);
  return el("img", { src: `/api/media/${message.media}`, alt: message.text || "Foto", loading: "lazy" });
}

function choices(message) {
  if (!message.buttons.length) return null;
  return el("div", { class: "choices" }, message.buttons.map((button) =>
    el("button", {
      type: "button", title: button.payload, class: message.pressed === button.title ? "done" : "",
      onclick: () => api.press(message.phone, message.id, button.payload).catch(() => {}),
    }, button.title)));
}

function meta(message) {
  const tick = message.direction === "sent" || message.channel === "whatsapp" ? TICKS[message.state] : null;
  return el("summary", { class: "meta", title: "Perjalanan pesan ini", onclick: show },
    el("span", { class: "via" }, via(message)),
    el("time", {}, time(message.at)),
    tick ? el("span", { class: `tick ${message.state}`, title: tick[1], role: "img", "aria-label": tick[1] }, icon(tick[0])) : null);
}

// What opens below the edge of the screen would seem not to open at all.
function show(event) {
  const message = event.currentTarget.closest(".bubble");
  requestAnimationFrame(() => message.scrollIntoView({ block: "nearest" }));
}

function via(message) {
  if (message.channel === "whatsapp") return message.kind === "template" ? "WhatsApp · templat" : "WhatsApp";
  const count = message.parts > 1 ? `${message.parts} SMS` : "SMS";
  return [count, message.encoding === "GSM-7" && message.parts === 1 ? "" : message.encoding, message.flash ? "kilat" : "",
    message.carrier === "sms" ? "" : carrierName(message.carrier)].filter(Boolean).join(" · ");
}
