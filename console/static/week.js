// Items are dragged to another place of the week, by pointer or by keys. Both only fill in the
// form that stands in the page and send it: the server says what is wrong with it.
"use strict";
(() => {
  const form = document.getElementById("xep");
  const says = document.getElementById("noi");
  if (!form) return;
  const places = () => [...document.querySelectorAll("[data-to]")];
  const nameOf = (place) => {
    const cell = place.closest(".cell");
    const day = place.closest(".day").querySelector("h2").textContent;
    return `${cell.querySelector("h3").textContent}, ${day}`.replace(/\s+/g, " ").trim();
  };
  let held = null; // the grip that is being moved
  let over = null; // the place it would be dropped on
  let ghost = null;

  const mark = (place) => {
    if (place === over) return;
    if (over) over.classList.remove("target");
    over = place;
    if (over) {
      over.classList.add("target");
      says.textContent = `${says.dataset.over}: ${nameOf(over)}`;
    }
  };
  const take = (grip) => {
    held = grip;
    grip.setAttribute("aria-pressed", "true");
    says.textContent = `${says.dataset.picked}: ${grip.dataset.title}`;
  };
  const letGo = () => {
    if (held) held.removeAttribute("aria-pressed");
    if (ghost) ghost.remove();
    mark(null);
    held = ghost = null;
  };
  const drop = () => {
    const grip = held;
    const place = over;
    letGo();
    if (!grip || !place || place.contains(grip)) return;
    // not form.elements.item: that is the collection's own method
    for (const [name, value] of [["item", grip.dataset.item], ["to", place.dataset.to],
      ["source", grip.dataset.source]]) form.querySelector(`[name=${name}]`).value = value;
    form.requestSubmit();
  };

  // ------------------------------------------------------------------------- by pointer
  let from = null;
  const move = (event) => {
    if (!held) return;
    if (!ghost) {
      if (Math.hypot(event.clientX - from.x, event.clientY - from.y) < 5) return;
      ghost = document.createElement("div");
      ghost.className = "ghost";
      ghost.textContent = held.dataset.title;
      document.body.append(ghost);
    }
    ghost.style.left = `${event.clientX + 12}px`;
    ghost.style.top = `${event.clientY + 12}px`;
    const edge = 60;
    if (event.clientY < edge) window.scrollBy(0, -12);
    if (event.clientY > window.innerHeight - edge) window.scrollBy(0, 12);
    const under = document.elementFromPoint(event.clientX, event.clientY);
    mark(under ? under.closest("[data-to]") : null);
  };
  const up = () => {
    document.removeEventListener("pointermove", move);
    document.removeEventListener("pointerup", up);
    document.removeEventListener("pointercancel", cancel);
    if (ghost) drop();
    else letGo();
  };
  const cancel = () => {
    letGo();
    up();
  };
  const down = (event) => {
    if (event.button !== 0) return;
    const grip = event.currentTarget;
    if (held) letGo();
    grip.setPointerCapture?.(event.pointerId);
    grip.releasePointerCapture?.(event.pointerId);
    from = { x: event.clientX, y: event.clientY };
    take(grip);
    document.addEventListener("pointermove", move);
    document.addEventListener("pointerup", up);
    document.addEventListener("pointercancel", cancel);
  };

  // ---------------------------------------------------------------------------- by keys
  const centre = (element) => {
    const box = element.getBoundingClientRect();
    return { x: box.left + box.width / 2, y: box.top + box.height / 2 };
  };
  const next = (key) => {
    const own = held.closest("[data-to]");
    const start = centre(over || own || held);
    const along = key === "ArrowLeft" || key === "ArrowRight" ? "x" : "y";
    const across = along === "x" ? "y" : "x";
    const sign = key === "ArrowRight" || key === "ArrowDown" ? 1 : -1;
    let best = null;
    for (const place of places()) {
      if (place === over || place === own) continue;
      const at = centre(place);
      const far = (at[along] - start[along]) * sign;
      if (far < 8) continue;
      const cost = far + 3 * Math.abs(at[across] - start[across]);
      if (!best || cost < best.cost) best = { place, cost };
    }
    if (best) {
      mark(best.place);
      best.place.scrollIntoView({ block: "nearest" });
    }
  };
  const keys = (event) => {
    const grip = event.currentTarget;
    if (event.key === "Enter" || event.key === " ") {
      event.preventDefault();
      if (!held) take(grip);
      else if (over) drop();
      else letGo();
    } else if (held && event.key.startsWith("Arrow")) {
      event.preventDefault();
      next(event.key);
    } else if (held && event.key === "Escape") {
      letGo();
      says.textContent = says.dataset.gone;
    } else if (held && event.key === "Tab") letGo();
  };

  for (const grip of document.querySelectorAll(".grip")) {
    grip.addEventListener("pointerdown", down);
    grip.addEventListener("keydown", keys);
    grip.addEventListener("click", (event) => event.preventDefault());
  }
  for (const hidden of document.querySelectorAll(".grip, .hand, .help")) hidden.hidden = false;
})();
