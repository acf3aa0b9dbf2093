// The box to type in, with its channel switch, location and photo.
import { api } from "/page/api.js";
import { el } from "/page/dom.js";
import { icon } from "/page/icons.js";
import { chooseLocation } from "/page/locate.js";
import { carriers } from "/page/store.js";
import { smsLength } from "/page/words.js";

export function compose(person) {
  const text = el("textarea", { rows: 1, placeholder: "Tulis pesan", "aria-label": `Pesan dari ${person.name}` });
  const length = el("span", { class: "length", "aria-live": "off" });
  const form = el("form", { class: "compose" });
  const channel = () => form.elements.channel.value;
  const numbers = [...carriers.values()].filter((carrier) => carrier.inbound);
  const number = el("select", { class: "number", title: "Nomor tujuan SMS", "aria-label": "Nomor tujuan SMS", hidden: true },
    numbers.map((carrier) => el("option", { value: carrier.id, title: carrier.number }, carrier.name)));

  function refresh() {
    form.classList.toggle("whatsapp", channel() === "whatsapp");
    number.hidden = channel() === "whatsapp" || numbers.length < 2;
    for (const extra of form.querySelectorAll(".extra")) extra.hidden = !number.hidden;
    length.textContent = channel() === "sms" && text.value ? smsLength(text.value) : "";
    text.style.height = "40px";
    if (text.scrollHeight > 42) text.style.height = `${text.scrollHeight + 2}px`;
  }

  async function send(event) {
    event?.preventDefault();
    const written = text.value;
    if (!written.trim()) return;
    text.value = "";
    refresh();
    await api.say(person.phone, written, channel(), channel() === "sms" ? number.value : "").catch(() => { text.value = written; refresh(); });
  }

  async function sendPhoto(event) {
    const [file] = event.target.files;
    event.target.value = "";
    if (!file) return;
    const caption = text.value;
    text.value = "";
    refresh();
    await api.photo(person.phone, file, caption).catch(() => { text.value = caption; });
  }

  const option = (value, label) => el("label", { class: value === "whatsapp" ? "wa" : "" },
    el("input", { type: "radio", name: "channel", value, checked: person.channel === value, onchange: refresh }), label);

  form.append(
    el("div", { class: "row top" },
      el("span", { class: "switch", role: "radiogroup", "aria-label": "Kirim lewat" }, option("sms", "SMS"), option("whatsapp", "WhatsApp")),
      el("button", { type: "button", class: "plain extra", title: "Kirim lokasi (WhatsApp)", "aria-label": "Kirim lokasi", onclick: () => chooseLocation(person) }, icon("pin")),
      el("label", { class: "plain extra file", title: "Kirim foto (WhatsApp)" }, icon("camera"),
        el("input", { type: "file", accept: "image/jpeg,image/png", "aria-label": "Kirim foto", onchange: sendPhoto })),
      number, length),
    el("div", { class: "row" }, text, el("button", { class: "send", "aria-label": "Kirim" }, icon("send"))));
  form.addEventListener("submit", send);
  text.addEventListener("input", refresh);
  text.addEventListener("keydown", (event) => { if (event.key === "Enter" && !event.shiftKey && !event.isComposing) send(event); });
  if (!form.elements.channel.value) form.elements.channel.value = "sms";
  refresh();
  return form;
}
