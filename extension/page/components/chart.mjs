// <lb-chart>: lines over a number, drawn on a canvas; a pointer or the arrow keys say the values at a place.
import { h } from "../lib/dom.mjs";
import { number } from "../lib/i18n.mjs";

const margin = { left: 52, right: 12, top: 12, bottom: 26 };

/**
 * const chart = Chart.of({ label: "Loss", x: "step", format: value => "0.12" });
 * chart.lines = [{ name, color: "--accent", points: [[x, y], …], faint, dots, only: "dots" }];
 * Colours are names of the style sheet's properties, so that they follow the theme.
 */
export class Chart extends HTMLElement {
  #lines = [];
  #at = null;
  #canvas;
  #words;
  #tip;
  #asked = 0;
  #size;

  static of({ label, x = "", format = value => number(value, { maximumSignificantDigits: 3 }) }) {
    return Object.assign(h("lb-chart"), { label, x, format });
  }

  connectedCallback() {
    if (!this.#canvas) {
      this.#canvas = h("canvas", { tabindex: 0, role: "img", "aria-label": this.label,
        onpointermove: event => this.#point(event.offsetX), onpointerleave: () => this.#point(null), onblur: () => this.#point(null), onkeydown: event => this.#step(event) });
      this.#words = h("p", { class: "unseen", "aria-live": "off" });
      this.#tip = h("div", { class: "chart-tip", hidden: true, "aria-hidden": "true" });
      this.append(this.#canvas, this.#tip, h("div", { class: "legend" }), this.#words);
    }
    this.#size = new ResizeObserver(() => this.#ask());
    this.#size.observe(this);
    this.#ask();
  }

  disconnectedCallback() {
    this.#size.disconnect();
  }

  get lines() {
    return this.#lines;
  }

  set lines(lines) {
    this.#lines = lines;
    this.#ask();
  }

  /** Draws again, for instance when the theme has changed. */
  redraw() {
    this.#ask();
  }

  #ask() {
    if (!this.#asked) this.#asked = requestAnimationFrame(() => {
      this.#asked = 0;
      if (this.isConnected) this.#draw();
    });
  }

  #scale() {
    const points = this.#lines.flatMap(line => line.points);
    const xs = points.map(point => point[0]), seen = points.map(point => point[1]).filter(Number.isFinite).sort((a, b) => a - b);
    let [x0, x1] = xs.length ? [xs.reduce((a, b) => Math.min(a, b)), xs.reduce((a, b) => Math.max(a, b))] : [0, 1];
    // a few wild points do not flatten the rest
    let [y0, y1] = seen.length ? [seen[Math.floor(seen.length * 0.002)], seen[Math.ceil((seen.length - 1) * 0.998)]] : [0, 1];
    if (x1 === x0) x1 = x0 + 1;
    const room = (y1 - y0 || Math.abs(y1) || 1) * 0.08;
    return { x0, x1, y0: y0 >= 0 ? Math.max(0, y0 - room) : y0 - room, y1: y1 + room };
  }

  #draw() {
    const canvas = this.#canvas, { clientWidth: width, clientHeight: height } = canvas, ratio = devicePixelRatio || 1;
    if (!width || !height) return;
    canvas.width = width * ratio;
    canvas.height = height * ratio;
    const pen = canvas.getContext("2d"), style = getComputedStyle(this), color = name => style.getPropertyValue(name).trim() || name;
    pen.scale(ratio, ratio);
    pen.font = `11px ${style.fontFamily}`;
    const { x0, x1, y0, y1 } = this.scale = this.#scale();
    const place = this.place = {
      x: x => margin.left + (x - x0) / (x1 - x0) * (width - margin.left - margin.right),
      y: y => height - margin.bottom - (y - y0) / (y1 - y0) * (height - margin.top - margin.bottom),
    };
    pen.fillStyle = color("--muted");
    pen.strokeStyle = color("--line");
    pen.textBaseline = "middle";
    for (const y of marks(y0, y1, Math.max(2, Math.floor(height / 55)))) {
      line(pen, [[margin.left, place.y(y)], [width - margin.right, place.y(y)]]);
      pen.textAlign = "right";
      pen.fillText(this.format(y), margin.left - 8, place.y(y));
    }
    pen.textBaseline = "alphabetic";
    for (const x of marks(x0, x1, Math.max(2, Math.floor(width / 110)))) {
      pen.textAlign = place.x(x) > width - 40 ? "right" : "center";
      pen.fillText(number(x), place.x(x), height - 8);
    }
    pen.save();
    pen.beginPath();
    pen.rect(margin.left, margin.top - 6, width - margin.left - margin.right + 6, height - margin.top - margin.bottom + 12);
    pen.clip();
    for (const one of this.#lines) {
      pen.strokeStyle = pen.fillStyle = color(one.color);
      pen.globalAlpha = one.faint ? 0.35 : 1;
      pen.lineWidth = one.faint ? 1 : 2;
      pen.lineJoin = "round";
      const points = thin(one.points, width).map(([x, y]) => [place.x(x), place.y(y)]);
      if (one.only !== "dots") line(pen, points);
      if (one.dots || points.length === 1) for (const [x, y] of points) {
        pen.beginPath();
        pen.arc(x, y, 3, 0, 7);
        pen.fill();
      }
    }
    pen.restore();
    this.#say(color, width);
    this.#legend();
  }

  #say(color, width) {
    const pen = this.#canvas.getContext("2d");
    if (this.#at === null) {
      this.#tip.hidden = true;
      return;
    }
    const values = this.#valuesAt(this.#at);
    if (!values.length) return;
    const x = this.place.x(values[0].x);
    pen.globalAlpha = 1;
    pen.strokeStyle = color("--muted");
    pen.lineWidth = 1;
    line(pen, [[x, margin.top], [x, this.#canvas.clientHeight - margin.bottom]]);
    this.#tip.hidden = false;
    this.#tip.replaceChildren(h("b", null, `${this.x} ${number(values[0].x)}`), ...values.map(value => h("span", null, h("i", { style: { background: `var(${value.line.color})` } }), `${value.line.name} ${this.format(value.y)}`)));
    this.#tip.style.setProperty("inset-inline-start", `${Math.min(Math.max(4, x + 10), Math.max(4, width - this.#tip.offsetWidth - 4))}px`);
    this.#words.textContent = this.#tip.innerText;
  }

  #legend() {
    const legend = this.querySelector(".legend"), names = this.#lines.map(line => line.name + line.color).join();
    if (legend.dataset.names === names) return;
    legend.dataset.names = names;
    legend.replaceChildren(...this.#lines.map(one => h("span", { class: one.faint ? "faint" : "" }, h("i", { style: { background: `var(${one.color})` } }), one.name)));
  }

  #valuesAt(x) {
    return this.#lines.map(one => ({ line: one, point: nearest(one.points, x) })).filter(value => value.point).map(({ line: one, point: [at, y] }) => ({ line: one, x: at, y }));
  }

  #point(offset) {
    const { x0, x1 } = this.scale ?? {};
    this.#at = offset === null || x0 === undefined ? null : x0 + (offset - margin.left) / (this.#canvas.clientWidth - margin.left - margin.right) * (x1 - x0);
    this.#ask();
  }

  #step(event) {
    const way = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (!way || !this.scale) return;
    event.preventDefault();
    const { x0, x1 } = this.scale;
    this.#words.setAttribute("aria-live", "polite");
    this.#at = Math.min(x1, Math.max(x0, (this.#at ?? x1) + way * Math.max((x1 - x0) / 50, 1)));
    this.#ask();
  }
}

function line(pen, points) {
  pen.beginPath();
  points.forEach(([x, y], i) => Number.isFinite(y) && (i ? pen.lineTo(x, y) : pen.moveTo(x, y)));
  pen.stroke();
}

// as many points as can be seen: of each pixel's the least and the most
function thin(points, width) {
  if (points.length <= width * 3) return points;
  const size = Math.ceil(points.length / width), few = [];
  for (let i = 0; i < points.length; i += size) {
    let least = i, most = i;
    for (let j = i; j < Math.min(i + size, points.length); j++) {
      if (points[j][1] < points[least][1]) least = j;
      if (points[j][1] > points[most][1]) most = j;
    }
    few.push(points[Math.min(least, most)], points[Math.max(least, most)]);
  }
  return few;
}

/** The point whose x is nearest; points stand in the order of x. */
function nearest(points, x) {
  if (!points.length) return null;
  let low = 0, high = points.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (points[middle][0] < x) low = middle + 1;
    else high = middle;
  }
  return low > 0 && x - points[low - 1][0] < points[low][0] - x ? points[low - 1] : points[low];
}

/** Round numbers in a range, about so many. */
export function marks(from, to, count) {
  // what differs by less than numbers can tell apart has one mark
  if (!(to - from > 1e-9 * Math.max(Math.abs(from), Math.abs(to)))) return Number.isFinite(from) ? [from] : [];
  const rough = (to - from) / count, power = 10 ** Math.floor(Math.log10(rough)), size = [1, 2, 5, 10].find(one => one * power >= rough) * power, all = [];
  for (let at = Math.ceil(from / size) * size; at <= to + size * 1e-9; at += size) all.push(Math.abs(at) < size * 1e-9 ? 0 : at);
  return all;
}

if (!customElements.get("lb-chart")) customElements.define("lb-chart", Chart);
