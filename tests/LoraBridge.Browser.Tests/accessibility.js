// Gives a list of what is wrong with the page as it is: names, labels, roles, contrast, ids, heads, width.
() => {
  const faults = [], all = [];
  const walk = root => {
    for (const element of root.querySelectorAll("*")) {
      all.push(element);
      if (element.shadowRoot) walk(element.shadowRoot);
    }
  };
  walk(document);
  const shown = element => element.checkVisibility({ visibilityProperty: true, contentVisibilityAuto: true }) && !element.closest("[inert], [aria-hidden=true]");
  const words = element => {
    const copy = element.cloneNode(true);
    copy.querySelectorAll("[aria-hidden=true], [hidden]").forEach(one => one.remove());
    return (copy.textContent + [...copy.querySelectorAll("img")].map(one => one.alt).join(" ")).trim();
  };
  const byId = (element, ids) => ids.split(/\s+/).map(id => element.getRootNode().getElementById(id));
  const nameOf = element => {
    const by = element.getAttribute("aria-labelledby");
    if (by) return byId(element, by).map(one => one?.textContent.trim()).join(" ").trim();
    if (element.getAttribute("aria-label")) return element.getAttribute("aria-label").trim();
    if (element.labels?.length) return [...element.labels].map(words).join(" ").trim();
    if (element.localName === "fieldset") return element.querySelector("legend")?.textContent.trim();
    if (element.localName === "img") return element.getAttribute("alt");
    return words(element);
  };
  const show = element => `<${element.localName}${element.id ? ` id=${element.id}` : ""} class="${element.getAttribute("class") ?? ""}"> ${element.textContent.trim().slice(0, 40)}`;

  const inter = "a[href], button, input:not([type=hidden]), select, textarea, summary, fieldset, dialog[open], [role=button], [role=menu], [role=progressbar], [role=img], nav, canvas";
  for (const element of all) {
    if (!shown(element)) continue;
    if (element.matches(inter) && !nameOf(element)) faults.push(`no name: ${show(element)}`);
    if (element.localName === "img" && !element.hasAttribute("alt")) faults.push(`picture without alt: ${element.src}`);
    if (element.matches("[tabindex]") && element.tabIndex > 0) faults.push(`tabindex above 0: ${show(element)}`);
    for (const attribute of ["aria-describedby", "aria-labelledby", "aria-controls"]) {
      const ids = element.getAttribute(attribute);
      if (ids && byId(element, ids).some(one => !one)) faults.push(`${attribute} names nothing (${ids}): ${show(element)}`);
    }
    if (element.matches("button button, a button, button a, label label")) faults.push(`control within a control: ${show(element)}`);
    if (element.matches("li") && !element.parentElement.matches("ul, ol, [role=list]")) faults.push(`list item without a list: ${show(element)}`);
    if (element.matches("ul > :not(li), ol > :not(li)")) faults.push(`no list item in a list: ${show(element)}`);
  }
  const ids = new Map();
  for (const element of all) if (element.id) {
    const key = element.id;
    if (ids.has(key) && ids.get(key) === element.getRootNode()) faults.push(`id twice: ${key}`);
    ids.set(key, element.getRootNode());
  }
  if (!document.documentElement.lang) faults.push("the document has no language");
  let level = 0;
  const heads = all.filter(element => /^h[1-6]$/.test(element.localName) && shown(element) && !element.closest("dialog"));
  if (heads.filter(head => head.localName === "h1").length !== 1) faults.push(`heads of the first level: ${heads.filter(head => head.localName === "h1").length}`);
  for (const head of heads) {
    const now = Number(head.localName[1]);
    if (now > level + 1) faults.push(`a level of heads is left out before: ${show(head)}`);
    level = now;
  }
  if (!all.some(element => element.localName === "main")) faults.push("no main");

  // contrast: the colour of text against the first grounds behind it that are not clear
  const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const rgba = color => {
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = color;
    canvas.fillRect(0, 0, 1, 1);
    const [r, g, b, a] = canvas.getImageData(0, 0, 1, 1).data;
    return [r, g, b, a / 255];
  };
  const over = ([r, g, b, a], [r2, g2, b2]) => [r * a + r2 * (1 - a), g * a + g2 * (1 - a), b * a + b2 * (1 - a), 1];
  const light = ([r, g, b]) => [r, g, b].map(v => v / 255).map(v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4).reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  const up = element => element.assignedSlot ?? element.parentElement ?? element.getRootNode().host;
  const groundOf = element => {
    const layers = [];
    for (let at = element; at; at = up(at)) {
      const style = getComputedStyle(at);
      // a switch's or a radio's own look is drawn by its neighbour
      if (style.backgroundImage !== "none" && style.backgroundImage.includes("url")) return null;
      const color = rgba(style.backgroundColor);
      if (color[3] > 0) layers.push(color);
      if (color[3] === 1) break;
      if (at.localName === "dialog") break;
    }
    return layers.reverse().reduce((below, layer) => over(layer, below), [255, 255, 255, 1]);
  };
  for (const element of all) {
    const own = [...element.childNodes].some(node => node.nodeType === 3 && node.data.trim()) || (element.matches("input, textarea, select") && !element.matches("[type=range], [type=checkbox], [type=radio], [type=file]"));
    if (!own || !shown(element) || element.matches(":disabled, :disabled *, [aria-disabled=true], [aria-disabled=true] *, option, script, style, .unseen, .unseen *, .compare-label, title, noscript")) continue;
    const box = element.getBoundingClientRect();
    if (box.width < 2 || box.height < 2) continue;
    const style = getComputedStyle(element), ground = groundOf(element);
    if (!ground || Number(style.opacity) < 0.2) continue;
    const color = over(rgba(style.color), ground), [a, b] = [light(color), light(ground)], ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    const size = parseFloat(style.fontSize), large = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
    if (ratio < (large ? 3 : 4.5) - 0.01) faults.push(`contrast ${ratio.toFixed(2)}: ${show(element)} ${style.color} on ${ground.map(Math.round)}`);
  }
  if (document.documentElement.scrollWidth > innerWidth + 1) faults.push(`wider than the page: ${document.documentElement.scrollWidth} of ${innerWidth}`);
  return faults;
}
