"use strict";
// A campaign's figures as they change. Without this the page has a link that renews them.
(function () {
  var part = document.getElementById("tien-do");
  if (!part || !part.dataset.stream || !window.EventSource) return;
  var other = document.getElementById("doi");
  var stream = new EventSource(part.dataset.stream);

  // what somebody has just pressed is on its way: to take another page now would lose its answer
  var pressed = 0;
  addEventListener("submit", function () { pressed = Date.now(); });

  function busy() {
    if (Date.now() - pressed < 5000) return true;
    // somebody types, or is asked for a yes: the page is not taken from under their hands
    var at = document.activeElement;
    return document.querySelector("details.confirm[open]") !== null ||
      (at !== null && /^(INPUT|TEXTAREA|SELECT)$/.test(at.tagName));
  }

  stream.addEventListener("moi", function (event) {
    var told = JSON.parse(event.data);
    part.innerHTML = told.html; // made by the server's own template, which escapes
    var changed = told.state !== part.dataset.state || (told.asked ? "1" : "0") !== part.dataset.asked;
    if (!changed) return;
    if (busy()) other.hidden = false;
    else location.replace(other.querySelector("a").href);
  });
  stream.addEventListener("het", function () { stream.close(); });
  addEventListener("pagehide", function () { stream.close(); });
})();
