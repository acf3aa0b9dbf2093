// Chooses a location: a place from the list, or a latitude and longitude.
import { api } from "/page/api.js";
import { byId, el } from "/page/dom.js";
import { places } from "/page/store.js";

const SHOWN = 80;

export function chooseLocation(person) {
  const dialog = byId("locate");
  const number = (name, label, limit) => el("label", {}, label,
    el("input", { name, type: "number", step: "any", min: String(-limit), max: String(limit), required: true }));
  const list = el("ul", { "aria-label": "Tempat" });
  let chosen = null;

  function choose(place) {
    chosen = place;
    form.elements.latitude.value = place.latitude;
    form.elements.longitude.value = place.longitude;
    fill();
  }
  function fill() {
    const wanted = form.elements.wanted.value.toLowerCase();
    const found = [...places.values()].filter((place) => place.latitude !== null && `${place.name} ${place.code}`.toLowerCase().includes(wanted));
    list.replaceChildren(...found.slice(0, SHOWN).map((place) => el("li", {},
      el("button", { type: "button", "aria-pressed": String(place === chosen), onclick: () => choose(place) }, place.name, el("small", {}, place.code)))));
  }
  async function send(event) {
    event.preventDefault();
    const latitude = Number(form.elements.latitude.value), longitude = Number(form.elements.longitude.value);
    const same = chosen && chosen.latitude === latitude && chosen.longitude === longitude;
    dialog.close();
    await api.locate(person.phone, { latitude, longitude, name: same ? chosen.name : "" }).catch(() => {});
  }

  const form = el("form", { onsubmit: send },
    el("h2", { id: "locate-title" }, `Lokasi dari ${person.name}`),
    el("label", { hidden: !places.size }, "Pilih tempat", el("input", { name: "wanted", type: "search", autocomplete: "off", oninput: fill })),
    places.size ? list : null,
    el("div", { class: "pair" }, number("latitude", "Lintang", 90), number("longitude", "Bujur", 180)),
    el("div", { class: "end" },
      el("button", { type: "button", class: "soft", onclick: () => dialog.close() }, "Batal"),
      el("button", { class: "strong" }, "Kirim lokasi")));
  fill();
  dialog.replaceChildren(form);
  dialog.showModal();
}
