// Speaks with the handset's HTTP API.
import { toast } from "/page/dom.js";

async function call(method, path, body) {
  const options = { method };
  if (body instanceof FormData) options.body = body;
  else if (body !== undefined) {
    options.body = JSON.stringify(body);
    options.headers = { "Content-Type": "application/json" };
  }
  try {
    const answer = await fetch(path, options);
    const data = await answer.json();
    if (!answer.ok) throw new Error(data.error || answer.statusText);
    return data;
  } catch (problem) {
    toast(`Tidak berhasil: ${problem.message}`);
    throw problem;
  }
}

const phone = (number, action) => `/api/phones/${encodeURIComponent(number)}/${action}`;

export const api = {
  phones: (search) => call("GET", `/api/phones?limit=200&search=${encodeURIComponent(search)}`),
  messages: (number) => call("GET", phone(number, "messages?limit=200")),
  say: (number, text, channel, carrier) => call("POST", phone(number, "messages"), { text, channel, carrier }),
  press: (number, message, button) => call("POST", phone(number, "press"), { message, button }),
  locate: (number, place) => call("POST", phone(number, "location"), place),
  read: (number) => call("POST", phone(number, "read"), {}),
  photo: (number, file, caption) => {
    const form = new FormData();
    form.append("file", file);
    form.append("caption", caption);
    return call("POST", phone(number, "photo"), form);
  },
  places: () => call("GET", "/api/places?limit=2000"),
  carriers: () => call("GET", "/api/carriers"),
  faults: () => call("GET", "/api/faults"),
  setFaults: (wanted) => call("PATCH", "/api/faults", wanted),
  clearFaults: () => call("DELETE", "/api/faults"),
  drop: (carrier, seconds) => call("POST", "/api/faults/drop", { carrier, seconds }),
  reset: () => call("POST", "/api/reset", {}),
};
