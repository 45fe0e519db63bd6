// Makes elements. Text is always text: nothing here reads HTML, so nothing a user or a file says can become markup.

const svgSpace = "http://www.w3.org/2000/svg";

/**
 * h("button", { class: "button", onclick: f, disabled: busy }, "Save")
 * Properties: on… are listeners, `class` a string or list, `style` an object of CSS properties, `dataset` an object,
 * `ref` a function that gets the element, a boolean an attribute that is there or not; null leaves it out. Others are attributes,
 * except value, checked, indeterminate, selected and muted, which are properties.
 */
export function h(tag, properties, ...children) {
  const element = document.createElement(tag);
  if (properties) set(element, properties);
  append(element, children);
  if (properties?.value !== undefined && tag === "select") element.value = properties.value;   // its options are there only now
  properties?.ref?.(element);
  return element;
}

/** The same for SVG. */
export function svg(tag, attributes = {}, ...children) {
  const element = document.createElementNS(svgSpace, tag);
  for (const [name, value] of Object.entries(attributes)) if (value !== null && value !== undefined) element.setAttribute(name, value);
  append(element, children);
  return element;
}

const isProperty = new Set(["value", "checked", "indeterminate", "selected", "muted", "textContent", "files"]);

export function set(element, properties) {
  for (const [name, value] of Object.entries(properties)) {
    if (value === undefined || name === "ref") continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name === "class") element.className = Array.isArray(value) ? value.filter(Boolean).join(" ") : value ?? "";
    else if (name === "style") for (const [key, one] of Object.entries(value)) element.style.setProperty(key, one);
    else if (name === "dataset") Object.assign(element.dataset, value);
    else if (isProperty.has(name)) element[name] = value ?? "";
    else if (value === null || value === false) element.removeAttribute(name);
    else element.setAttribute(name, value === true ? "" : value);
  }
  return element;
}

export function append(element, children) {
  for (const child of children.flat(Infinity)) if (child !== null && child !== undefined && child !== false) element.append(child);
  return element;
}

/** Puts children in the place of those that are there. */
export const fill = (element, ...children) => {
  element.replaceChildren();
  return append(element, children);
};

/**
 * Makes a container's children those of a list and keeps what is there already, so that focus, scroll position and pictures stay.
 * @param key item -> text, different for each
 * @param create item -> element
 * @param update (element, item), called for all
 */
export function keyed(container, items, key, create, update = () => {}) {
  const names = items.map(item => String(key(item))), wanted = new Set(names);
  // first, so that those that stay need not be moved, by which they would lose the focus
  for (const child of [...container.children]) if (!wanted.has(child.dataset.key)) child.remove();
  const known = new Map([...container.children].map(child => [child.dataset.key, child]));
  let place = container.firstElementChild;
  for (const [i, item] of items.entries()) {
    const name = names[i];
    let child = known.get(name);
    if (!child) {
      child = create(item);
      child.dataset.key = name;
    }
    update(child, item);
    if (child === place) place = place.nextElementSibling;
    else container.insertBefore(child, place);
  }
}

let lastId = 0;

/** An id that no other element has. */
export const newId = (prefix = "lb") => `${prefix}-${++lastId}`;

/** Calls a function once things have been quiet for some milliseconds; flush() calls it now if it was to be called, cancel() never. */
export function debounce(action, milliseconds) {
  let timer = 0, last;
  const later = (...values) => {
    last = values;
    clearTimeout(timer);
    timer = setTimeout(later.flush, milliseconds);
  };
  later.flush = () => {
    if (!timer) return undefined;
    clearTimeout(timer);
    timer = 0;
    return action(...last);
  };
  later.cancel = () => {
    clearTimeout(timer);
    timer = 0;
  };
  return later;
}
