"use strict";
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const UNITS = ["reader", "unpack", "math", "pack", "writer"];
  const CAUSES = ["busy", "cb_space", "cb_pages", "semaphore", "reads", "writes", "noc_queue", "dst", "operands"];
  const NAMES = {
    busy: "at work", cb_space: "waits for room in a circular buffer", cb_pages: "waits for pages", semaphore: "waits for a signal",
    reads: "waits for reads", writes: "waits for writes", noc_queue: "waits for the NoC", dst: "waits for DST or source registers",
    operands: "waits for operands",
  };
  const byId = (id) => document.getElementById(id);
  const percent = (share) => (share >= 0.0995 || share === 0 ? Math.round(100 * share) : (100 * share).toFixed(1)) + " %";
  const html = (tag, attributes = {}, ...children) => {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
    element.append(...children);
    return element;
  };
  const svg = (tag, attributes = {}, ...children) => {
    const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
    for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
    element.append(...children);
    return element;
  };
  const picture = (width, height, label) => svg("svg", { viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": label });
  const title = (text) => svg("title", {}, text);
  const heat = (share) => `color-mix(in oklab, var(--heat1) ${Math.round(100 * Math.min(1, share))}%, var(--heat0))`;
  const bytes = (n) => (n >= 1048576 ? (n / 1048576).toFixed(1) + " MB" : n >= 1024 ? Math.round(n / 1024) + " KB" : n + " B");
  const time = (cycles) => (cycles / data.clock_mhz).toFixed(1) + " us";

  function units() {
    for (const unit of UNITS) {
      const shares = data.units[unit];
      if (!shares) continue;
      const bar = html("div", { class: "bar" });
      for (const cause of CAUSES) {
        if (!shares[cause]) continue;
        bar.append(html("i", { style: `width:${100 * shares[cause]}%;--c:var(--${cause})`, title: `${NAMES[cause]}: ${percent(shares[cause])}` }));
      }
      byId("units").append(html("div", { class: "unit" }, html("span", {}, unit), bar, html("span", {}, percent(shares.busy || 0))));
    }
    const keys = html("div", { class: "keys" });
    const used = CAUSES.filter((cause) => UNITS.some((unit) => data.units[unit]?.[cause] > 0.005));
    for (const cause of used) keys.append(html("span", { class: "key", style: `--c:var(--${cause})` }, NAMES[cause]));
    byId("units").append(keys);
  }

  const coreKey = (x, y) => `${x},${y}`;
  const cores = new Map(data.cores.map((core) => [coreKey(core.x, core.y), core]));
  let chosen = coreKey(...data.critical_core);

  const METRICS = [
    ["end", "when it is done", (core) => Math.max(...UNITS.map((u) => core[u]?.end || 0)) / data.cycles],
    ...UNITS.filter((u) => data.units[u]).map((u) => [u, `${u} at work`, (core) => (core[u]?.cycles.busy || 0) / data.cycles]),
    ...UNITS.filter((u) => data.units[u]).map((u) => [
      u + "-wait", `${u} waiting`,
      (core) => Object.entries(core[u]?.cycles || {}).reduce((sum, [cause, n]) => (cause === "busy" ? sum : sum + n), 0) / data.cycles,
    ]),
  ];

  function coreGrid() {
    const metric = METRICS.find(([name]) => name === byId("metric").value);
    const [columns, rows] = data.grid, size = 40;
    const drawing = picture(columns * size + 28, rows * size + 24, "Grid of cores");
    for (let x = 0; x < columns; ++x) drawing.append(svg("text", { x: 24 + x * size + size / 2, y: 12, "text-anchor": "middle", class: "soft" }, x));
    for (let y = 0; y < rows; ++y) {
      drawing.append(svg("text", { x: 14, y: 20 + y * size + size / 2 + 4, "text-anchor": "end", class: "soft" }, y));
      for (let x = 0; x < columns; ++x) {
        const core = cores.get(coreKey(x, y));
        const place = { x: 24 + x * size, y: 20 + y * size, width: size, height: size, rx: 6 };
        if (!core) {
          drawing.append(svg("rect", { ...place, class: "cell", fill: "none", style: "stroke:var(--line);stroke-width:1;cursor:default" }, title(`core (${x}, ${y}): not used`)));
          continue;
        }
        const share = metric[2](core);
        const cell = svg("rect", { ...place, tabindex: 0, class: "cell", style: `fill:${heat(share)}` },
          title(`core (${x}, ${y}): ${metric[1]} ${percent(share)}`));
        const choose = () => { chosen = coreKey(x, y); coreGrid(); timeline(); };
        cell.addEventListener("click", choose);
        cell.addEventListener("keydown", (event) => { if (event.key === "Enter") choose(); });
        drawing.append(cell);
        drawing.append(svg("text", { x: place.x + size / 2, y: place.y + size / 2 + 4, "text-anchor": "middle", "pointer-events": "none",
          style: `fill:${share > 0.5 ? "var(--card)" : "var(--ink)"};font-size:11px` }, Math.round(100 * share)));
      }
    }
    const [cx, cy] = chosen.split(",").map(Number);
    drawing.append(svg("rect", { x: 24 + cx * size, y: 20 + cy * size, width: size, height: size, rx: 6, class: "frame" }));
    drawing.style.maxWidth = "460px";
    drawing.style.margin = "0 auto";
    byId("cores").replaceChildren(drawing);
  }

  function timeline() {
    byId("core-name").textContent = `(${chosen.replace(",", ", ")})`;
    const entry = data.timeline.cores.find((core) => coreKey(core.x, core.y) === chosen);
    const fills = data.fill.filter((fill) => coreKey(fill.x, fill.y) === chosen);
    const left = 104, width = 1180, row = 24, bins = data.timeline.bins, step = (width - left) / bins;
    const rows = UNITS.filter((unit) => entry?.[unit]);
    const height = rows.length * row + fills.length * 22 + 40;
    const drawing = picture(width, height, "Timeline of a core");
    rows.forEach((unit, index) => {
      drawing.append(svg("text", { x: left - 10, y: index * row + 15, "text-anchor": "end" }, unit));
      const text = entry[unit];
      for (let from = 0; from < bins; ) {
        let to = from + 1;
        while (to < bins && text[to] === text[from]) ++to;
        const cause = CAUSES[data.timeline.letters.indexOf(text[from])];
        if (cause) {
          drawing.append(svg("rect", { x: left + from * step, y: index * row + 2, width: (to - from) * step, height: row - 5, style: `fill:var(--${cause})` },
            title(`${unit} ${NAMES[cause]}, ${time(from * data.timeline.bin_cycles)} to ${time(Math.min(to * data.timeline.bin_cycles, data.cycles))}`)));
        }
        from = to;
      }
    });
    fills.forEach((fill, index) => {
      const buffer = data.buffers.find((b) => b.index === fill.buffer);
      const base = rows.length * row + 8 + (index + 1) * 22;
      drawing.append(svg("text", { x: left - 10, y: base - 4, "text-anchor": "end", class: "soft" }, buffer.name));
      let path = `M${left},${base}`;
      for (let bin = 0; bin < bins; ++bin) {
        const y = base - (17 * Number(fill.fill[bin])) / 9;
        path += `L${left + bin * step},${y}L${left + (bin + 1) * step},${y}`;
      }
      drawing.append(svg("path", { d: path + `L${width},${base}Z`, style: "fill:var(--reads);opacity:.75" },
        title(`${buffer.name}: ${buffer.mean_pages.toFixed(1)} of ${buffer.pages} pages filled on average; empty ${percent(buffer.empty)}, full ${percent(buffer.full)} of the time`)));
      drawing.append(svg("line", { x1: left, x2: width, y1: base, y2: base, style: "stroke:var(--line)" }));
    });
    for (let i = 0; i <= 4; ++i) {
      drawing.append(svg("text", { x: left + ((width - left) * i) / 4, y: height - 8, class: "soft", "text-anchor": i === 0 ? "start" : i === 4 ? "end" : "middle" },
        time((bins * data.timeline.bin_cycles * i) / 4)));
    }
    byId("timeline").replaceChildren(html("div", { class: "scroll" }, drawing));
    drawing.style.minWidth = "640px";
    const seen = CAUSES.filter((_, index) => rows.some((unit) => entry[unit].includes(data.timeline.letters[index])));
    byId("legend").replaceChildren(...seen.map((cause) => html("span", { class: "key", style: `--c:var(--${cause})` }, NAMES[cause])),
      ...(fills.length ? [html("span", { class: "key", style: "--c:var(--reads)" }, "below: fill of the circular buffers")] : []));
  }

  function roofline() {
    const { math_units: peak, dram_bytes_per_cycle: bandwidth, cycles_per_byte: x, busy_units: y } = data.roofline;
    const target = byId("roofline");
    if (!x || !y) {
      target.append(html("p", {}, x ? "The math units do no work in this kernel." : "The kernel moves nothing through DRAM."));
      return;
    }
    const width = 560, height = 300, left = 46, bottom = 40, top = 14;
    const ridge = peak / bandwidth;
    const xs = [Math.min(x, ridge) / 8, Math.max(x, ridge) * 8].map(Math.log10), ys = [Math.log10(Math.min(y, peak) / 8), Math.log10(peak * 1.6)];
    const px = (v) => left + ((Math.log10(v) - xs[0]) / (xs[1] - xs[0])) * (width - left - 10);
    const py = (v) => height - bottom - ((Math.log10(v) - ys[0]) / (ys[1] - ys[0])) * (height - bottom - top);
    const drawing = picture(width, height, "Roofline");
    for (let power = Math.ceil(ys[0]); power <= ys[1]; ++power) {
      drawing.append(svg("line", { x1: left, x2: width, y1: py(10 ** power), y2: py(10 ** power), style: "stroke:var(--line)" }),
        svg("text", { x: left - 6, y: py(10 ** power) + 4, "text-anchor": "end", class: "soft" }, 10 ** power));
    }
    for (let power = Math.ceil(xs[0]); power <= xs[1]; ++power) {
      drawing.append(svg("line", { x1: px(10 ** power), x2: px(10 ** power), y1: top, y2: height - bottom, style: "stroke:var(--line)" }),
        svg("text", { x: px(10 ** power), y: height - bottom + 16, "text-anchor": "middle", class: "soft" }, String(10 ** power)));
    }
    const low = Math.max(10 ** xs[0], 10 ** ys[0] / bandwidth);
    drawing.append(svg("path", { d: `M${px(low)},${py(low * bandwidth)}L${px(ridge)},${py(peak)}L${px(10 ** xs[1])},${py(peak)}`, style: "fill:none;stroke:var(--ink);stroke-width:1.6" }));
    drawing.append(svg("text", { x: width - 12, y: py(peak) - 6, "text-anchor": "end" }, `all ${peak} math units`));
    drawing.append(svg("circle", { cx: px(x), cy: py(y), r: 6, style: "fill:var(--hot)" }, title(`${y.toFixed(1)} math units at work, ${x.toFixed(3)} cycles of math per byte of DRAM`)));
    const end = px(x) > width * 0.6;
    drawing.append(svg("text", { x: px(x) + (end ? -11 : 11), y: py(y) + 4, "text-anchor": end ? "end" : "start", style: "font-weight:600" },
      `${y.toFixed(1)} math units` + (data.roofline.tflops ? `, ${data.roofline.tflops.toFixed(1)} TFLOP/s` : "")));
    drawing.append(svg("text", { x: (left + width) / 2, y: height - 6, "text-anchor": "middle", class: "soft" }, "cycles of math per byte of DRAM"));
    target.append(drawing);
  }

  function l1() {
    const width = 560, bar = 46, total = data.l1.bytes;
    const buffers = data.l1.regions.filter((region) => region.name.startsWith("CB ") || region.name.startsWith("L1"));
    const drawing = picture(width, bar + 22, "Map of L1");
    drawing.append(svg("rect", { x: 0, y: 0, width, height: bar, rx: 5, style: "fill:var(--heat0)" }, title("free, or the firmware's")));
    const shades = ["busy", "reads", "cb_pages", "operands", "writes", "cb_space", "noc_queue"];
    const list = html("table", {});
    buffers.forEach((region, index) => {
      const color = `var(--${shades[index % shades.length]})`;
      drawing.append(svg("rect", { x: (region.begin / total) * width, y: 0, width: Math.max(((region.end - region.begin) / total) * width, 1), height: bar, style: `fill:${color};stroke:var(--card);stroke-width:1` },
        title(`${region.name}: ${bytes(region.end - region.begin)} at ${region.begin}`)));
      const use = data.buffers.find((b) => "CB " + b.name === region.name);
      list.append(html("tr", {}, html("td", { class: "text" }, html("span", { class: "key", style: `--c:${color}` }, region.name.replace("CB ", ""))),
        html("td", {}, bytes(region.end - region.begin)), html("td", {}, use ? `${use.pages} pages` : ""),
        html("td", { class: "stall" }, use ? `${use.producer} to ${use.consumer}, empty ${percent(use.empty)}, full ${percent(use.full)}` : "")));
    });
    const used = buffers.reduce((sum, region) => sum + region.end - region.begin, 0);
    drawing.append(svg("text", { x: 0, y: bar + 16, class: "soft" }, "0"), svg("text", { x: width, y: bar + 16, class: "soft", "text-anchor": "end" }, `${bytes(total)}, of which ${bytes(used)} used`));
    byId("l1").append(drawing, html("div", { class: "scroll" }, list));
  }

  function noc() {
    const number = Number(byId("noc-number").value), [columns, rows] = data.noc.grid, gap = 62, row = 38, left = 10, top = 4;
    const drawing = picture(columns * gap + left, rows * row + top, "Load of the NoC's links");
    const X = (x) => left + x * gap + 20, Y = (y) => top + y * row + row / 2;
    const isWorker = (x, y) => data.noc.worker_columns.includes(x) && data.noc.worker_rows.includes(y);
    const sign = number === 0 ? 1 : -1;
    const links = data.noc.loads.filter(([which, part]) => which === number && (part === "x" || part === "y"));
    const most = Math.max(...links.map((load) => load[4]), 1);
    for (const [, part, x, y, busy] of links) {
      // Relative to the busiest link, so that the pattern shows in kernels that use the NoC little.
      const dx = part === "x" ? sign : 0, dy = part === "y" ? sign : 0;
      drawing.append(svg("line", { x1: X(x) + dx * 13, y1: Y(y) + dy * 10, x2: X(x) + dx * (gap - 13), y2: Y(y) + dy * (row - 10),
        style: `stroke:${heat(0.12 + (0.88 * busy) / most)};stroke-width:${1.5 + (4.5 * busy) / most}` }, title(`link from (${x}, ${y}): ${percent(busy / data.cycles)} at work`)));
    }
    for (let y = 0; y < rows; ++y) {
      for (let x = 0; x < columns; ++x) {
        const bank = data.noc.banks.filter((b) => b.x === x && b.y === y);
        const logical = [data.noc.worker_columns.indexOf(x), data.noc.worker_rows.indexOf(y)];
        const core = isWorker(x, y) ? cores.get(coreKey(...logical)) : undefined;
        const share = bank.length ? Math.max(...bank.map((b) => b.busy)) / data.cycles : 0;
        const what = bank.length ? `DRAM: ${percent(share)} at work` : core ? `core (${logical.join(", ")})` : "not used";
        drawing.append(svg("rect", { x: X(x) - 12, y: Y(y) - 9, width: 24, height: 18, rx: 4,
          style: bank.length ? `fill:${heat(share)};stroke:var(--hot);stroke-width:1.5` : `fill:${core ? "var(--line)" : "none"};stroke:var(--line)` }, title(what)));
        if (bank.length) drawing.append(svg("text", { x: X(x), y: Y(y) + 4, "text-anchor": "middle", "pointer-events": "none", style: `font-size:10px;fill:${share > 0.5 ? "var(--card)" : "var(--ink)"}` }, "D"));
      }
    }
    drawing.style.maxWidth = "860px";
    drawing.style.margin = "0 auto";
    byId("noc").replaceChildren(drawing, html("div", { class: "keys" },
      html("span", { class: "key", style: "--c:var(--line)" }, "core"), html("span", { class: "key", style: "--c:var(--hot)" }, "D: DRAM, filled by its load"),
      html("span", { class: "key", style: "--c:var(--heat1)" }, `busiest link: ${percent(most / data.cycles)} at work`)));
  }

  function kernel() {
    const counts = Object.fromEntries(UNITS.map((unit) => [unit, data.cores.filter((core) => core[unit]).length || 1]));
    const shareCells = (unitsOfLine) => UNITS.map((unit) => {
      const share = (unitsOfLine?.[unit]?.busy || 0) / (data.cycles * counts[unit]);
      return html("td", { class: "share", style: `--w:${Math.min(100, 100 * share)}%` }, share >= 0.0005 ? percent(share) : "");
    });
    const stall = (unitsOfLine) => {
      let longest = [0, ""];
      for (const [unit, causes] of Object.entries(unitsOfLine || {})) {
        for (const [cause, cycles] of Object.entries(causes)) {
          const share = cycles / (data.cycles * counts[unit]);
          if (cause !== "busy" && share > longest[0]) longest = [share, `${unit} ${cause}`];
        }
      }
      return html("td", { class: "stall" }, longest[0] >= 0.0005 ? `${percent(longest[0])} ${longest[1]}` : "");
    };
    const head = html("tr", {}, ...[...UNITS, "longest wait", "line", ""].map((name) => html("th", {}, name)));
    const table = html("table", { class: "code" }, head);
    const emitted = new Map();
    data.lines.kernels.forEach((entry) => entry.lines.forEach((line, index) => {
      if (!line.origin) return;
      const key = line.origin.join(":");
      if (!emitted.has(key)) emitted.set(key, []);
      emitted.get(key).push([entry.path, index + 1, line]);
    }));
    data.source_files.forEach((file, number) => {
      const costs = new Map(data.lines.user.filter((entry) => entry.file === number).map((entry) => [entry.line, entry.units]));
      const known = [...emitted.keys()].map((key) => key.split(":").map(Number)).filter(([f]) => f === number).map(([, line]) => line);
      if (!known.length) return;
      const source = data.sources[file] || [];
      table.append(html("tr", { class: "file" }, html("td", { colspan: 8 }, file)));
      for (let line = Math.min(...known); line <= Math.max(...known); ++line) {
        const made = emitted.get(`${number}:${line}`) || [];
        const text = (source[line - 1] || "").replace(/\n$/, "");
        const tr = html("tr", { class: "user" + (made.length ? " open-able" : "") }, ...shareCells(costs.get(line)), stall(costs.get(line)),
          html("td", { class: "number" }, line), html("td", { class: "text" }, text));
        table.append(tr);
        if (!made.length) continue;
        let open = [];
        tr.addEventListener("click", () => {
          if (open.length) { open.forEach((element) => element.remove()); open = []; return; }
          open = made.map(([path, at, entry]) => html("tr", { class: "emitted" }, ...shareCells(entry.units), stall(entry.units),
            html("td", { class: "number" }, `${path}:${at}`), html("td", { class: "text" }, "    " + entry.text.trimStart())));
          tr.after(...open);
        });
      }
    });
    byId("kernel").append(table);
  }

  for (const [name, text] of METRICS) byId("metric").append(html("option", { value: name }, text));
  byId("metric").value = data.units.math?.busy ? "math" : "end";
  byId("metric").addEventListener("change", coreGrid);
  byId("noc-number").addEventListener("change", noc);
  units(); coreGrid(); timeline(); roofline(); l1(); noc(); kernel();
  document.body.dataset.ready = "true";
})();
