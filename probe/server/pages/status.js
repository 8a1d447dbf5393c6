// Makes the page live: on every event the server is asked for the page again, and its parts are put in place. Without this script the page reloads itself.
"use strict";
(() => {
  const live = document.getElementById("live");
  const soonest = 1000;
  let due = false;
  let last = 0;

  async function renew() {
    due = false;
    last = Date.now();
    try {
      const answer = await fetch("/", { headers: { Accept: "text/html" }, cache: "no-store" });
      if (!answer.ok) throw new Error(`HTTP ${answer.status}`);
      const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
      put(fresh, "main");
      const header = document.querySelector("header");
      const next = fresh.querySelector("header");
      if (header.className !== next.className || header.querySelector("h1").textContent !== next.querySelector("h1").textContent) {
        header.className = next.className;
        header.querySelector("h1").textContent = next.querySelector("h1").textContent;
      }
      header.querySelectorAll("p")[0].textContent = next.querySelectorAll("p")[0].textContent;
      header.querySelector("time").replaceWith(document.adoptNode(next.querySelector("time")));
      document.title = fresh.title;
      say("Live.");
    } catch (error) {
      say("Not live: paypath does not answer. What stands here may be old.");
    }
  }

  function put(fresh, part) {
    const old = document.querySelector(part);
    const focused = document.activeElement && document.activeElement.getAttribute("aria-label");
    const places = [...old.querySelectorAll(".scroll")].map((box) => box.scrollLeft);
    old.replaceWith(document.adoptNode(fresh.querySelector(part)));
    document.querySelectorAll(`${part} .scroll`).forEach((box, index) => {
      box.scrollLeft = places[index] || 0;
      if (focused && box.getAttribute("aria-label") === focused) box.focus();
    });
  }

  function say(text) {
    if (live.textContent !== text) live.textContent = text;
  }

  function soon() {
    if (due) return;
    due = true;
    setTimeout(renew, Math.max(0, last + soonest - Date.now()));
  }

  const events = new EventSource("/api/v1/events");
  events.addEventListener("run", soon);
  events.addEventListener("happened", soon);
  events.addEventListener("open", soon);
  events.addEventListener("error", () => say("Not live: the connection to paypath is lost. What stands here may be old."));
})();
