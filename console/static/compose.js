// The form of Soạn tin: a preview that follows what is typed, a draft kept every few seconds,
// words without formatting when something is pasted. No field is ever written to, but by the
// person's own paste: Unikey and Telex compose in place. Without this file a button previews.
(() => {
  "use strict";
  const form = document.getElementById("soan");
  if (!form) return;
  const panel = document.getElementById("xem");
  const state = document.getElementById("tinh-trang");
  const others = document.getElementById("nguoi-khac");
  const english = document.documentElement.lang === "en";
  const say = (vi, en) => (english ? en : vi);
  document.documentElement.classList.add("typed-live");

  let dirty = false, ended = false, leaving = false, timer = 0, running = null, composing = false;

  const typed = () => {
    const data = new URLSearchParams();
    for (const [name, value] of new FormData(form)) if (typeof value === "string") data.append(name, value);
    return data;
  };

  // not by htmx: it loads the page again when a session has ended, and with it what was typed
  const send = async (where, signal) => {
    const answer = await fetch(where, {method: "POST", body: typed(), signal, redirect: "manual", headers: {"HX-Request": "true"}});
    ended = answer.status === 403 || answer.type === "opaqueredirect";
    if (ended) {
      state.replaceChildren(say("Phiên đăng nhập đã hết. Đừng đóng trang này: ", "Your session has ended. Keep this page open: "));
      const link = document.createElement("a");
      link.href = "/dang-nhap";
      link.target = "_blank";
      link.textContent = say("đăng nhập ở thẻ mới rồi quay lại", "log in in a new tab and come back");
      state.append(link);
      return null;
    }
    return answer;
  };

  const preview = async () => {
    if (running) running.abort();
    running = new AbortController();
    try {
      const answer = await send("/soan-tin/xem", running.signal);
      if (answer && answer.ok) {
        const open = [...panel.querySelectorAll("details[open]")].map(d => d.closest("section").getAttribute("aria-labelledby"));
        panel.innerHTML = await answer.text();
        for (const id of open) panel.querySelector(`[aria-labelledby="${CSS.escape(id)}"] details`)?.setAttribute("open", "");
      }
    } catch (error) {
      if (error.name !== "AbortError") offline();
    }
  };

  const offline = () => {
    state.textContent = say("Mất kết nối với máy chủ. Đừng đóng trang này; sẽ giữ bản nháp khi có lại.",
      "No connection. Keep this page open; the draft is kept when it is back.");
  };

  const keep = async () => {
    if (!dirty || composing || leaving) return;
    dirty = false;
    try {
      const answer = await send("/soan-tin/nhap");
      if (!answer) { dirty = true; return; }
      const told = await answer.json();
      state.textContent = told.said;
      if (others.textContent !== told.others) others.textContent = told.others;
    } catch {
      dirty = true;
      offline();
    }
  };

  form.addEventListener("compositionstart", () => { composing = true; });
  form.addEventListener("compositionend", () => { composing = false; });
  form.addEventListener("input", event => {
    if (event.target.type === "file") return;
    dirty = true;
    clearTimeout(timer);
    timer = setTimeout(preview, 700);
  });
  setInterval(keep, 4000);
  form.addEventListener("submit", event => {
    if (ended) { event.preventDefault(); keep(); return; }
    leaving = true;
  });
  addEventListener("pagehide", () => {
    if (dirty && !leaving) navigator.sendBeacon("/soan-tin/nhap", typed());
  });

  // ---------------------------------------------------------------- pasting
  const BLOCKS = new Set(["P", "DIV", "H1", "H2", "H3", "H4", "H5", "H6", "UL", "OL", "TABLE", "BLOCKQUOTE", "SECTION", "ARTICLE"]);
  const SKIP = new Set(["STYLE", "SCRIPT", "HEAD", "TITLE", "META", "LINK", "XML", "O:P"]);

  const words = html => {
    // styles are read, not applied: the page's policy would complain of each
    const quiet = html.replace(/<style[\s\S]*?<\/style>/gi, "")
      .replace(/<[a-z][^>]*>/gi, tag => tag.replace(/(\s)style\s*=/gi, "$1data-style="));
    const page = new DOMParser().parseFromString(quiet, "text/html");
    let out = "";
    const gap = n => { out = out.replace(/[ \n]+$/, ""); if (out) out += "\n".repeat(n); };
    const walk = node => {
      if (node.nodeType === 3) {
        const said = node.data.replace(/\s+/g, " ");
        out += /(^|\s)$/.test(out) ? said.trimStart() : said;
        return;
      }
      if (node.nodeType !== 1 || SKIP.has(node.tagName)) return;
      const style = node.dataset.style || "";
      if (/mso-list:\s*ignore/i.test(style)) {  // Word's own bullet: a sign in a symbol font
        const mark = node.textContent.replace(/\s+/g, "");
        out += /^[0-9a-z]{1,3}[.)]$/i.test(mark) ? `${mark} ` : "- ";
        return;
      }
      if (/display:\s*none|mso-hide:\s*all/i.test(style)) return;
      if (node.tagName === "BR") { out = out.replace(/ +$/, "") + "\n"; return; }
      const list = node.tagName === "LI" || /mso-list:\s*l\d/i.test(style) || /MsoListParagraph/i.test(node.className);
      if (list) {
        const first = /MsoListParagraphCxSp(Middle|Last)/.test(node.className) || (node.tagName === "LI" && node.previousElementSibling);
        gap(first ? 1 : 2);
        if (node.tagName === "LI") {
          const place = [...node.parentNode.children].indexOf(node) + 1;
          out += node.parentNode.tagName === "OL" ? `${place}. ` : "- ";
        }
      } else if (node.tagName === "TR") gap(1);
      else if (BLOCKS.has(node.tagName)) gap(node.closest("li") ? 1 : 2);
      for (const child of node.childNodes) walk(child);
      if (node.tagName === "TD" || node.tagName === "TH") out += node.nextElementSibling ? " | " : "";
      else if (list || node.tagName === "TR") gap(1);
      else if (BLOCKS.has(node.tagName)) gap(2);
    };
    walk(page.body);
    return out.replace(/[\u200b\u2060\ufeff\u00ad]/g, "").replace(/\u00a0/g, " ").replace(/ +\n/g, "\n").trim().normalize("NFC");
  };

  form.addEventListener("paste", event => {
    const field = event.target;
    const html = event.clipboardData?.getData("text/html");
    if (!html || (field.tagName !== "TEXTAREA" && field.type !== "text")) return;
    let said = words(html);
    if (!said) return;
    if (field.tagName !== "TEXTAREA") said = said.replace(/\s+/g, " ");
    event.preventDefault();
    // insertText can be undone with Ctrl+Z; where it is not known, the text is put in all the same
    if (!document.execCommand("insertText", false, said)) {
      field.setRangeText(said, field.selectionStart, field.selectionEnd, "end");
      field.dispatchEvent(new Event("input", {bubbles: true}));
    }
  });

  // ---------------------------------------------------------------- listening
  const listen = document.getElementById("nghe"), sound = document.getElementById("tieng");
  listen?.addEventListener("click", async event => {
    event.preventDefault();
    listen.disabled = true;
    sound.textContent = say("Máy đang đọc…", "Reading…");
    try {
      const answer = await send("/soan-tin/nghe");
      const told = answer ? await answer.json() : {src: "", why: ""};
      sound.replaceChildren(told.why);
      if (told.src) {
        const player = document.createElement("audio");
        player.controls = true;
        player.src = told.src;
        sound.append(player);
        player.focus();
      }
    } catch { sound.textContent = ""; offline(); }
    listen.disabled = false;
  });
})();
