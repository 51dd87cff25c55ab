"use strict";
// Everything works without this file; with it the page keeps itself fresh and forms do not reload it.

const byId = (id) => document.getElementById(id);
const messages = byId("messages");

function freshNonce() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

async function send(form, submitter) {
  const fields = new URLSearchParams(new FormData(form));
  if (submitter && submitter.name) fields.set(submitter.name, submitter.value);
  const answer = await fetch(form.action, { method: "POST", body: fields, redirect: "manual" });
  if (answer.type === "opaqueredirect") return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  throw new Error(page.querySelector("main p")?.textContent ?? "That did not work. Reload the page.");
}

function complain(error) {
  const problem = byId("problem");
  problem.hidden = !error;
  problem.textContent = error instanceof TypeError ? "The desk does not answer. What you wrote is still here." : error?.message ?? "";
}

function setWaiting(waiting) {
  document.querySelectorAll("article:not(.over) .decide button").forEach((button) => { button.disabled = waiting; });
}

async function submitted(event) {
  const form = event.target;
  if (!messages || !form.matches(".decide, .composer")) return lockOnce(event);
  event.preventDefault();
  if (form.dataset.busy) return;
  if (event.submitter?.value === "cancel" && !confirm("Stop this video for good?")) return;
  form.dataset.busy = "yes";
  const keyed = event.submitter?.matches(":focus-visible");
  if (form.matches(".decide")) setWaiting(true);
  try {
    await send(form, event.submitter);
    complain(null);
    form.elements.nonce.value = freshNonce();
    if (form.matches(".composer")) { form.reset(); grow(form.elements.text); }
    else if (keyed) byId("say").focus(); // the button is dead now, and a keyboard must not start at the top again
  } catch (error) {
    complain(error);
    setWaiting(false);
  } finally {
    delete form.dataset.busy;
  }
}

function lockOnce(event) {
  if (event.target.dataset.busy) event.preventDefault();
  event.target.dataset.busy = "yes";
}

function grow(box) {
  box.style.height = "auto";
  box.style.height = `${Math.min(box.scrollHeight + 2, 220)}px`;
}

function isNearEnd() {
  return window.innerHeight + window.scrollY > document.body.scrollHeight - 240;
}

function show(message) {
  const known = byId(message.id);
  if (known?.dataset.digest === message.digest) return;
  const slot = document.createElement("div");
  Object.assign(slot, { id: message.id, className: "slot", innerHTML: message.html });
  slot.dataset.digest = message.digest;
  if (known) return update(known, slot);
  const follow = isNearEnd();
  messages.append(slot);
  if (slot.querySelector(".theirs")) setWaiting(false);
  if (follow) slot.scrollIntoView({ block: slot.offsetHeight > window.innerHeight / 2 ? "start" : "end", behavior: "smooth" });
}

// A card's content never changes, only whether it can be answered: a playing video must not be replaced.
function update(known, slot) {
  known.dataset.digest = slot.dataset.digest;
  known.firstElementChild.className = slot.firstElementChild.className;
  if (slot.querySelector(".over") && !playing(known)) known.querySelector("details").open = false;
  const [before, after] = [known, slot].map((one) => one.querySelector("[data-actions]"));
  if (before && after) before.replaceWith(after);
}

function playing(slot) {
  const video = slot.querySelector("video");
  return Boolean(video) && !video.paused;
}

function showLive(live) {
  byId("live").innerHTML = live.html;
  byId("about").innerHTML = live.about;
  document.title = `${live.status[0].toUpperCase()}${live.status.slice(1)} · ${byId("about").firstElementChild.textContent.slice(0, 60)} · AIClone`;
  Object.assign(byId("status"), { textContent: live.status, className: `chip is-${live.state}` });
  if (byId("spoken").textContent !== live.spoken) byId("spoken").textContent = live.spoken;
}

function listen() {
  const stream = new EventSource(messages.dataset.events);
  stream.addEventListener("message", (event) => show(JSON.parse(event.data)));
  stream.addEventListener("live", (event) => showLive(JSON.parse(event.data)));
  let lost = false;
  stream.addEventListener("open", () => { if (lost) complain(null); lost = false; });
  stream.addEventListener("error", () => {
    lost = true;
    const closed = stream.readyState === EventSource.CLOSED;
    complain(new Error(closed ? "This page is no longer fresh. Reload it." : "The desk does not answer. This page goes on by itself when it is back."));
  });
}

document.addEventListener("submit", submitted);
document.addEventListener("click", (event) => {
  const target = event.target.closest("[data-focus]");
  if (!target) return;
  event.preventDefault();
  byId(target.dataset.focus).focus();
});
document.addEventListener("input", (event) => event.target.matches(".composer textarea") && grow(event.target));
document.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.isComposing || !event.target.matches("textarea")) return;
  const chatting = event.target.matches(".composer textarea") && !event.shiftKey && !matchMedia("(pointer: coarse)").matches;
  if (!chatting && !event.ctrlKey && !event.metaKey) return;
  event.preventDefault();
  event.target.form.requestSubmit();
});
// the box is reserved by the script's format; the file itself knows better
document.addEventListener("loadedmetadata", ({ target }) => target.style.setProperty("--ratio", target.videoWidth / target.videoHeight), true);
// a page taken back from the browser's history carries nonces that may be used up
window.addEventListener("pageshow", (event) => event.persisted && location.reload());
if (messages) {
  listen();
  const last = messages.lastElementChild;
  last?.scrollIntoView({ block: last.offsetHeight > window.innerHeight / 2 ? "start" : "end" });
}
