// What the server says, which is English: in another language of the page's it goes through lib/sayings.mjs, which English has no need of.
import { language } from "./i18n.mjs";

const sayings = () => import("./sayings.mjs");

/** A sentence of the server's as a child of an element: in this language at once, or as soon as its file is there. */
export function said(text) {
  if (language === "en" || typeof text !== "string" || !text) return text;
  const node = document.createTextNode(text);
  sayings().then(({ inOurs }) => inOurs(text)).then(ours => node.data = ours, console.error);
  return node;
}

/** The server's schema of settings in this language. */
export const worded = async schema => language === "en" ? schema : (await sayings()).worded(schema);
