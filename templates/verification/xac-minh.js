/*
 * Tìm một tin theo mã, theo lời đã dán, hoặc theo tên người gửi; so ngay trên máy của người đọc.
 * Viết bằng ECMAScript 5 cho Chrome 109 và trình duyệt của Android 6. Phần chuẩn hóa và so sánh
 * làm đúng như worker/verification/normal.py và compare.py (có kiểm thử giữ hai bên như nhau).
 */
(function () {
  "use strict";

  var LETTERS = {"đ": "d", "ð": "d", "ø": "o", "ł": "l", "æ": "ae", "œ": "oe", "ß": "ss",
    "ı": "i", "₫": "d", "€": "eur", "£": "gbp", "¥": "jpy", "×": "x", "°": "o", "©": "c",
    "®": "r"};
  var SPECIAL = /[đðøłæœßı₫€£¥×°©®]/g;
  var DROPPED = new RegExp("[\\x00-\\x2f\\x3a-\\x60\\x7b-\\xbf\\xd7\\xf7\\u0300-\\u036f" +
    "\\u2000-\\u2bff\\u3000-\\u303f\\ud800-\\uf8ff\\ufe00-\\ufe0f\\ufe20-\\ufe2f\\ufeff" +
    "\\ufff0-\\uffff]", "g");
  var GRAM = 12, ASKED = 16, PART = 24, NEAR = 0.3, WORDS = 600, SHOWN = 3;
  var ADDRESS = /[^\s<>"'()“”«»]+\.[^\s<>"'()“”«»]+/g;
  var AROUND = "/.,;:!?…)]}|*_-";

  function letters(text) {
    return text.normalize("NFKD").toLowerCase()
      .replace(SPECIAL, function (sign) { return LETTERS[sign]; }).replace(DROPPED, "");
  }

  function stripped(token) {
    var first = 0, last = token.length;
    while (first < last && AROUND.indexOf(token.charAt(first)) >= 0) { first += 1; }
    while (last > first && AROUND.indexOf(token.charAt(last - 1)) >= 0) { last -= 1; }
    return token.slice(first, last);
  }

  function addresses(text) {
    var found = [];
    (text.match(ADDRESS) || []).forEach(function (token) {
      var raw = stripped(token).toLowerCase(), flat = letters(raw);
      if (raw.indexOf(".") >= 0 && /[^0-9]/.test(flat)) { found.push({raw: raw, letters: flat}); }
    });
    return found;
  }

  function sameAddress(given, genuine) {
    return given.raw === genuine.raw ||
      (/[^\x00-\x7f]/.test(genuine.raw) && given.letters === genuine.letters);
  }

  function codesIn(text) {
    var found = [], part, code, pattern = /(^|[^A-Z0-9])GV[-‐–\s]?([A-Z0-9]{8})(?![A-Z0-9])/g;
    text = text.normalize("NFKC").toUpperCase();
    while ((part = pattern.exec(text))) {
      code = "GV-" + part[2].replace(/0/g, "O").replace(/1/g, "I").replace(/8/g, "B");
      if (found.indexOf(code) < 0) { found.push(code); }
    }
    return found;
  }

  var TABLE = (function () {
    var table = [], n, k, c;
    for (n = 0; n < 256; n += 1) {
      c = n;
      for (k = 0; k < 8; k += 1) { c = c & 1 ? 0xedb88320 ^ (c >>> 1) : c >>> 1; }
      table.push(c >>> 0);
    }
    return table;
  }());

  function mark(piece) {  // CRC-32 of its UTF-8; no halves of signs are left in it
    var crc = -1, i, c, bytes, k;
    for (i = 0; i < piece.length; i += 1) {
      c = piece.charCodeAt(i);
      bytes = c < 0x80 ? [c] : c < 0x800 ? [0xc0 | c >> 6, 0x80 | c & 63]
        : [0xe0 | c >> 12, 0x80 | c >> 6 & 63, 0x80 | c & 63];
      for (k = 0; k < bytes.length; k += 1) { crc = TABLE[(crc ^ bytes[k]) & 255] ^ (crc >>> 8); }
    }
    return (crc ^ -1) >>> 0;
  }

  function grams(flat) {
    var found = {}, i;
    if (flat.length < GRAM) {
      if (flat) { found[flat] = true; }
      return found;
    }
    for (i = 0; i + GRAM <= flat.length; i += 1) { found[flat.slice(i, i + GRAM)] = true; }
    return found;
  }

  function marksAsked(text) {
    var flat = letters(text), seen = {}, found = [];
    if (flat.length <= GRAM) { return flat ? [mark(flat)] : []; }
    Object.keys(grams(flat)).forEach(function (gram) {
      var m = mark(gram);
      if (m % 4 === 0 && !seen[m]) { seen[m] = true; found.push(m); }
    });
    found.sort(function (a, b) { return (a % 16 !== 0) - (b % 16 !== 0) || a - b; });
    return found.slice(0, ASKED);
  }

  function shared(mine, genuine) {
    var one = grams(mine), two = grams(genuine), a = Object.keys(one), b = Object.keys(two);
    var both = a.filter(function (gram) { return two.hasOwnProperty(gram); }).length;
    var least = Math.min(a.length, b.length);
    return least ? both / least : 0;
  }

  function fits(mine, whole) {
    var pattern, found;
    if (whole.length === 1) { return mine === whole[0]; }
    pattern = whole.join("(.{0,80}?)");  // letters and digits alone: nothing to escape
    found = new RegExp("^" + pattern + "$").exec(mine);
    return found !== null && !found.slice(1).some(function (f) { return /[0-9]{6}/.test(f); });
  }

  function addressesFit(given, pieces, whole) {
    var mine = addresses(given), genuine = [];
    pieces.forEach(function (piece) { genuine = genuine.concat(addresses(piece)); });
    function among(list, same) { return list.some(same); }
    return mine.every(function (a) {
      return among(genuine, function (b) { return sameAddress(a, b); });
    }) && (!whole || genuine.every(function (b) {
      return among(mine, function (a) { return sameAddress(a, b); });
    }));
  }

  function likeness(given, pieces) {
    var mine = letters(given), whole = pieces.map(letters), genuine = whole.join("");
    if (mine && fits(mine, whole) && addressesFit(given, pieces, true)) { return "same"; }
    if (mine.length >= PART && addressesFit(given, pieces, false) &&
        whole.some(function (piece) { return piece !== mine && piece.indexOf(mine) >= 0; })) {
      return "part";
    }
    return shared(mine, genuine) >= NEAR ? "near" : "other";
  }

  function key(word) {
    var found = addresses(word);
    return found.length && !/[^\x00-\x7f]/.test(found[0].raw) ? found[0].raw
      : letters(word) || word;
  }

  function words(text) {
    return text.split(/\s+/).filter(function (w) { return w; }).slice(0, WORDS);
  }

  /* Hàng các đoạn [giống hay khác, chữ đã dán, chữ thật], theo dãy chung dài nhất. */
  function aligned(given, genuine) {
    var one = words(given), two = words(genuine), a = one.map(key), b = two.map(key);
    var rows = [], i, j, found = [], equal;
    for (i = 0; i <= a.length; i += 1) { rows.push(new Uint16Array(b.length + 1)); }
    for (i = a.length - 1; i >= 0; i -= 1) {
      for (j = b.length - 1; j >= 0; j -= 1) {
        rows[i][j] = a[i] === b[j] ? rows[i + 1][j + 1] + 1
          : Math.max(rows[i + 1][j], rows[i][j + 1]);
      }
    }
    function add(same, mine, theirs) {
      var last = found[found.length - 1];
      if (!last || last[0] !== same) { found.push(last = [same, [], []]); }
      if (mine !== null) { last[1].push(mine); }
      if (theirs !== null) { last[2].push(theirs); }
    }
    i = 0;
    j = 0;
    while (i < a.length || j < b.length) {
      equal = i < a.length && j < b.length && a[i] === b[j];
      if (equal) {
        add(true, one[i], two[j]);
        i += 1;
        j += 1;
      } else if (j >= b.length || (i < a.length && rows[i + 1][j] >= rows[i][j + 1])) {
        add(false, one[i], null);
        i += 1;
      } else {
        add(false, null, two[j]);
        j += 1;
      }
    }
    return found;
  }

  /* ---------------------------------------------------------------- tải và tìm */

  function get(path, done) {
    var ask = new XMLHttpRequest();
    ask.open("GET", path);
    ask.onload = function () {
      var value = null;
      if (ask.status === 404) { done(null); return; }
      try { value = JSON.parse(ask.responseText); } catch (e) { value = undefined; }
      done(ask.status >= 200 && ask.status < 300 ? value : undefined);
    };
    ask.onerror = function () { done(undefined); };
    ask.send();
  }

  /* Mọi tệp một lượt: done(giá trị theo đường dẫn, có tệp nào hỏng không). */
  function all(paths, done) {
    var values = {}, left = paths.length, failed = false;
    if (!left) { done(values, false); }
    paths.forEach(function (path) {
      get(path, function (value) {
        if (value === undefined) { failed = true; } else { values[path] = value; }
        left -= 1;
        if (!left) { done(values, failed); }
      });
    });
  }

  function recordPath(id) { return "ma/" + id.slice(0, 2) + "/" + id.slice(2) + ".json"; }

  function records(ids, done) {
    all(ids.map(recordPath), function (values, failed) {
      done(ids.map(function (id) { return values[recordPath(id)]; })
        .filter(function (r) { return r; }), failed);
    });
  }

  function candidates(text, done) {
    var marks = marksAsked(text).map(function (m) {
      return ("0000000" + m.toString(16)).slice(-8);
    });
    var paths = {};
    marks.forEach(function (m) { paths["chu/" + m.slice(0, 2) + ".json"] = true; });
    all(Object.keys(paths), function (shards, failed) {
      var hits = {};
      marks.forEach(function (m) {
        var shard = shards["chu/" + m.slice(0, 2) + ".json"];
        ((shard && shard[m]) || []).forEach(function (at) { hits[at] = (hits[at] || 0) + 1; });
      });
      done(Object.keys(hits).sort(function (x, y) {
        return hits[y] - hits[x] || (x < y ? 1 : -1);
      }).slice(0, 8).map(function (at) { return at.slice(12); }), failed);
    });
  }

  var RANK = {same: 3, part: 2, near: 1, other: 0};

  /* done({kind, given, records, failed}); kind: code, same, part, near, borrowed, sender, none */
  function search(given, done) {
    var codes = codesIn(given), flat = letters(given), ids;
    ids = codes.slice(0, 5).map(function (c) { return c.slice(3); });
    if (codes.length && flat.length < PART + codes.length * 10) {
      records(ids, function (found, failed) {
        done({kind: found.length ? "code" : "none", records: found, failed: failed});
      });
      return;
    }
    candidates(given, function (more, failed) {
      more.forEach(function (id) { if (ids.indexOf(id) < 0) { ids.push(id); } });
      records(ids, function (found, broken) {
        var judged = found.map(function (r) { return {record: r, like: likeness(given, r.text)}; });
        var best = Math.max.apply(null, [0].concat(judged.map(function (x) {
          return RANK[x.like];
        })));
        var kept = judged.filter(function (x) { return RANK[x.like] === best; })
          .map(function (x) { return x.record; });
        failed = failed || broken;
        if (best) {
          done({kind: best === 3 ? "same" : best === 2 ? "part" : "near", given: given,
            records: kept, failed: failed});
        } else if (codes.length && found.some(function (r) { return codes.indexOf(r.code) >= 0; })) {
          done({kind: "borrowed", given: given, failed: failed,
            records: found.filter(function (r) { return codes.indexOf(r.code) >= 0; })});
        } else {
          bySender(flat, failed, done);
        }
      });
    });
  }

  function bySender(flat, failed, done) {
    if (flat.length < 2 || flat.length > 60) {
      done({kind: "none", records: [], failed: failed});
      return;
    }
    get("nguoi-gui.json", function (known) {
      var places = [], found = Object.keys(known || {}).filter(function (k) {
        return letters(known[k].name).indexOf(flat) >= 0 ||
          letters(known[k].organisation).indexOf(flat) >= 0;
      });
      found.forEach(function (k) { places = places.concat(known[k]["new"]); });
      places = places.sort().reverse().slice(0, 20);
      records(places.map(function (at) { return at.slice(12); }), function (list, broken) {
        done({kind: list.length ? "sender" : "none", records: list,
          failed: failed || broken || known === undefined});
      });
    });
  }

  /* ---------------------------------------------------------------- hiện ra */

  function node(name, text, className) {
    var made = document.createElement(name);
    if (text) { made.appendChild(document.createTextNode(text)); }
    if (className) { made.className = className; }
    return made;
  }

  function card(r, level) {
    var box = node("article"), facts = node("dl");
    box.appendChild(node(level, r.title || "Tin không có tên"));
    if (r.recalled) {
      box.appendChild(node("p", "Tin này đã thu hồi" +
        (r.recalled_at ? " ngày " + r.recalled_at : "") +
        ". Không làm theo, không chia sẻ lại.", "dau"));
    } else if (r.correction) {
      box.appendChild(node("p", "Tin này đã được đính chính: xem tin đúng ở dưới.", "dau"));
    }
    box.appendChild(node("p", r.text.join("…"), "loi"));
    [["Của:", r.organisation],
      ["Tên người gửi:", r.sender !== r.organisation ? r.sender : ""],
      ["Nơi phát:", r.media], ["Lúc:", r.when], ["Mã tin:", r.code || "tin này không in mã"]
    ].forEach(function (fact) {
      if (fact[1]) {
        facts.appendChild(node("dt", fact[0]));
        facts.appendChild(node("dd", fact[1]));
      }
    });
    box.appendChild(facts);
    if (r.text.length > 1) {
      box.appendChild(node("p",
        "Chỗ ghi «…» là phần riêng của từng người nhận, không công bố.", "nho"));
    }
    if (r.correction) {
      box.appendChild(node("strong", "Tin đúng, phát " + r.correction.when + ":"));
      box.appendChild(node("p", r.correction.text, "loi"));
    }
    return box;
  }

  function marked(parts, which) {
    var line = node("p", "", "loi");
    parts.forEach(function (part) {
      var text = part[which].join(" ");
      if (text) {
        line.appendChild(node(part[0] ? "span" : "mark", text));
        line.appendChild(document.createTextNode(" "));
      }
    });
    return line;
  }

  function differences(box, given, r) {
    var parts = aligned(given, r.text.join("…")), list = node("ul");
    parts.forEach(function (part) {
      if (!part[0]) {
        list.appendChild(node("li", "Tin bạn dán: «" + (part[1].join(" ") || "không có") +
          "»; tin thật: «" + (part[2].join(" ") || "không có") + "»"));
      }
    });
    box.appendChild(node("h3", "Các chỗ khác nhau"));
    box.appendChild(list);
    box.appendChild(node("h3", "Tin bạn dán, chỗ khác được tô vàng"));
    box.appendChild(marked(parts, 1));
    box.appendChild(node("h3", "Tin thật, chỗ khác được tô vàng"));
    box.appendChild(marked(parts, 2));
  }

  var SAYS = {
    same: ["Trùng với tin đã phát", "Từng chữ, đường dẫn và số trong tin bạn dán trùng với tin dưới đây (không xét dấu, chữ hoa, dấu câu)."],
    part: ["Trùng một phần", "Đoạn bạn dán có trong tin dưới đây. Phần bạn chưa dán thì chưa so được: hãy so nốt từng chữ."],
    near: ["GẦN GIỐNG, KHÔNG TRÙNG", "Tin bạn dán giống một tin thật nhưng có chỗ khác. Kẻ lừa đảo hay đổi đường dẫn hoặc số điện thoại. Không bấm, không gọi theo tin bạn nhận được."],
    borrowed: ["MÃ LÀ CỦA TIN KHÁC", "Mã trong tin bạn dán có thật, nhưng là mã của tin dưới đây với lời khác hẳn. Đừng tin tin bạn nhận được."],
    code: ["Mã này có trong sổ phát", "Một mình mã tin chưa chứng minh gì, vì ai cũng chép lại được. Hãy so từng chữ tin bạn nhận được với nguyên văn dưới đây, nhất là đường dẫn và số điện thoại."],
    sender: ["Các tin mới của người gửi này", "Tên người gửi cũng có thể bị giả. Hãy so từng chữ tin bạn nhận được với các tin dưới đây."],
    none: ["Không có tin này trong hệ thống", "Không bấm đường dẫn, không gọi số trong tin, không chuyển tiền, không đọc mã OTP cho ai."]
  };
  var SURE = {same: "trung", near: "sai", borrowed: "sai", none: "sai"};

  function show(result) {
    var where = document.getElementById("ket-qua"), kind = result.kind, says = SAYS[kind], box;
    var first = result.records[0], gone = first && (first.recalled || first.correction);
    where.textContent = "";
    box = node("section", "", "ket-qua " + (gone ? "sai" : SURE[kind] || ""));
    if (result.failed && (kind === "none" || kind === "near" || kind === "sender")) {
      says = ["Chưa tải hết dữ liệu", "Mạng chập chờn hoặc trang đang bận nên chưa kết luận được. Hãy bấm «Kiểm tra» lại. Trong lúc chờ, đừng làm theo tin."];
      kind = "failed";
    }
    box.appendChild(node("h2", gone && kind === "same" ?
      (first.recalled ? "Tin thật, nhưng ĐÃ THU HỒI" : "Tin thật, nhưng ĐÃ ĐÍNH CHÍNH") : says[0]));
    box.appendChild(node("p", says[1]));
    if (kind === "none") {
      box.appendChild(node("p", document.getElementById("goi").textContent));
    }
    if (kind === "near" || kind === "borrowed") { differences(box, result.given, result.records[0]); }
    if (kind !== "failed") {
      result.records.slice(0, kind === "sender" ? 20 : kind === "near" ? 1 : SHOWN).forEach(function (r) {
        box.appendChild(card(r, "h3"));
      });
    }
    where.appendChild(box);
    box.setAttribute("tabindex", "-1");
    box.focus();
  }

  function start() {
    var field = document.getElementById("o-tim");
    function ask() {
      var given = field.value.slice(0, 20000);
      if (given.trim()) { search(given, show); }
    }
    function fromAddress() {
      var wanted = codesIn(location.hash.slice(1));
      if (wanted.length) { field.value = wanted[0]; ask(); }
    }
    document.getElementById("nut-tim").addEventListener("click", ask);
    document.getElementById("tim").hidden = false;
    window.addEventListener("hashchange", fromAddress);
    fromAddress();
  }

  window.xacMinh = {letters: letters, addresses: addresses, codesIn: codesIn, mark: mark,
    marksAsked: marksAsked, likeness: likeness, search: search};
  start();
}());
