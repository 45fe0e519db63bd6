// Brings the LoraBridge tab to life: shows how the server is, mounts the page, and connects it with the WebUI's txt2img.
// Nothing is fetched before the tab is looked at, and nothing that fails here reaches the WebUI: it becomes words in the tab.

const webui = globalThis;                               // gradioApp, opts, updateInput …: what the WebUI's own scripts define
const root = () => webui.gradioApp?.() ?? document;
const find = selector => root().querySelector(selector);

/** What is in a gradio field, whichever version drew it. */
function valueOf(id) {
  const field = find(`#${id} textarea, #${id} input:checked, #${id} input[type="number"], #${id} input:not([type="radio"])`);
  return field?.value ?? null;
}

const numberOf = id => {
  const text = valueOf(id);
  return text === null || text === "" || Number.isNaN(Number(text)) ? null : Number(text);
};

/** The settings of txt2img (or img2img) as they stand in the form; null where a field is not there. */
export function readForm(tab = "txt2img") {
  return {
    prompt: valueOf(`${tab}_prompt`), negativePrompt: valueOf(`${tab}_neg_prompt`), sampler: valueOf(`${tab}_sampling`), scheduler: valueOf(`${tab}_scheduler`),
    steps: numberOf(`${tab}_steps`), guidanceScale: numberOf(`${tab}_cfg_scale`), width: numberOf(`${tab}_width`), height: numberOf(`${tab}_height`), seed: numberOf(`${tab}_seed`),
  };
}

/** A prompt with tags put in: each <lora:name:…> takes the place of the one with its name; other text goes to the end. */
export function withText(prompt, text) {
  let rest = text.trim();
  for (const [tag, name] of text.matchAll(/<lora:([^:>]+)[^>]*>/g)) {
    const old = new RegExp(`<lora:${name.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")}(:[^>]*)?>`);
    if (!old.test(prompt)) continue;
    prompt = prompt.replace(old, () => tag);
    rest = rest.replace(tag, "").trim();
  }
  return [prompt.trimEnd(), rest].filter(part => part).join(" ");
}

/** Puts text into a prompt of the WebUI as if it was typed, and goes there. Whether that worked. */
export function sendToPrompt({ text, target = "txt2img", replace = false }) {
  const tab = target === "img2img" ? "img2img" : "txt2img";
  const area = find(`#${tab}_prompt textarea`);
  if (!area) return false;
  area.value = replace ? text : withText(area.value, text);
  // by which gradio hears of it, in both versions
  if (webui.updateInput) webui.updateInput(area);
  else area.dispatchEvent(new Event("input", { bubbles: true }));
  webui[`switch_to_${tab}`]?.();
  return true;
}

/** Has the WebUI draw its LoRA cards anew. */
export function refreshCards() {
  for (const tab of ["txt2img", "img2img"]) {
    const button = find(`#${tab}_lora_extra_refresh_internal`) ?? find(`#${tab}_extra_refresh`);
    (button?.matches("button") ? button : button?.querySelector("button") ?? button)?.click();
  }
}

/** What the WebUI speaks, as a language tag; its localizations are files with names that anybody chose. */
export function languageOf(name) {
  const text = String(name ?? "").toLowerCase();
  if (/zh|chinese|简|繁/.test(text)) return /tw|hant|hk|traditional|繁/.test(text) ? "zh-TW" : "zh-CN";
  const tag = /^([a-z]{2})([-_]([a-z]{2}))?/.exec(text === "none" ? "" : text);
  return tag ? tag[0].replace("_", "-") : document.documentElement.lang || navigator.language || "en";
}

/** What the page speaks: what was chosen in it, else what the WebUI speaks. */
function pageLanguage() {
  try {
    const chosen = JSON.parse(localStorage.getItem("lorabridge.language"));
    if (chosen) return chosen;
  } catch {
    // a browser that keeps nothing
  }
  return languageOf(webui.opts?.localization);
}

/** Other languages than that of the sources: files in page/texts/tab/, from each sentence to its translation. */
const translations = ["zh-CN"];
let sentences = [], spoken = "en";

/** Takes up a language; whatever its file lacks stays English. Whether it is another than before. */
async function speak(language, page) {
  if (language === spoken) return false;
  spoken = language;
  sentences = [];
  const name = translations.find(one => one.split("-")[0] === language.split("-")[0]);
  try {
    const answer = name && await fetch(new URL(`texts/tab/${name}.json`, new URL(page, document.baseURI)));
    if (answer?.ok) sentences = Object.entries(await answer.json()).map(([english, text]) => [patternOf(english), text]);
  } catch {
    // English then
  }
  return true;
}

// "status {}." takes any status
const patternOf = english => new RegExp(`^${english.split("{}").map(part => part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")).join("(.*?)")}$`, "s");

/** A sentence in the language of the page; what differs in it (an address, another sentence) is put into its {1}, {2}. */
export function said(text) {
  for (const [pattern, translation] of sentences) {
    const found = pattern.exec(text ?? "");
    if (found) return translation.replace(/\{(\d)\}/g, (_, i) => said(found[i]));
  }
  return text;
}

const isDark = () => document.body.classList.contains("dark") || Boolean(find(".dark"));

function make(name, properties = {}, ...children) {
  const element = Object.assign(document.createElement(name), properties);
  element.append(...children);
  return element;
}

/** The tab: a notice about the server above, the page below. */
class Tab {
  #mount;
  #notice = make("section", { className: "lorabridge-notice", hidden: true });
  #app = null;
  #status = null;
  #shown = "";
  #refreshes = null;
  #spoken;
  #timer = 0;

  constructor(mount) {
    this.#mount = mount;
    this.#notice.setAttribute("role", "status");
    mount.replaceChildren(this.#notice);
    new IntersectionObserver(entries => {
      if (entries.some(entry => entry.isIntersecting)) this.#look();
    }).observe(mount);
    new MutationObserver(() => this.#app?.setAttribute("theme", isDark() ? "dark" : "light")).observe(document.body, { attributeFilter: ["class"] });
    // the page says on itself what it speaks
    this.#spoken = new MutationObserver(() => this.#look());
    mount.addEventListener("lorabridge-send", event => {
      if (sendToPrompt(event.detail ?? {})) event.preventDefault();
    });
    mount.addEventListener("lorabridge-saved", () => this.#post("refresh-loras").then(refreshCards, () => {}));
  }

  get isVisible() {
    return this.#mount.isConnected && this.#mount.offsetParent !== null && !document.hidden;
  }

  async #look() {
    clearTimeout(this.#timer);
    if (await speak(this.#app?.lang || pageLanguage(), this.#mount.dataset.page)) this.#shown = "";
    try {
      const answer = await fetch(`${this.#mount.dataset.own}/status`, { headers: { Accept: "application/json" } });
      if (!answer.ok) throw await this.#problem(answer);
      await this.#show(await answer.json());
    } catch (error) {
      this.#say({ words: error.message ?? String(error), cure: error.cure ?? "The WebUI itself does not answer as it should. Reload the page; restart the WebUI after an update of the extension." });
    }
    if (!this.#mount.isConnected) return;
    const { starter, server, jobs } = this.#status ?? {};
    const seconds = !this.isVisible ? (jobs?.active ? 15 : 120) : server?.state !== "ok" && starter?.state === "running" ? 1 : 5;
    this.#timer = setTimeout(() => this.#look(), seconds * 1000);
  }

  async #show(status) {
    this.#status = status;
    if (this.#refreshes !== null && status.jobs.refreshes > this.#refreshes) refreshCards();
    this.#refreshes = status.jobs.refreshes;
    if (status.server.state === "ok") await this.#mountPage(status);
    if (this.#app) this.#app.webui.checkpoint = status.webui.checkpoint;
    this.#say(this.#noticeOf(status));
  }

  #noticeOf({ server, starter, model, problems }) {
    const asksToken = server.state === "token";
    if (server.state !== "ok") {
      const starts = starter.state === "running";
      return { words: starts ? "The LoraBridge server is starting …" : [starter.words, server.words].filter(text => text).map(said).join(" "), cure: starts ? "The first time takes some minutes: it is built." : server.cure,
        start: server.canStart && server.state === "away" && !starts, asksToken, log: starter.state === "idle" ? "" : starter.log, problems };
    }
    return model.words || problems.length > 0 ? { words: model.words, problems, restore: model.released, calm: true } : null;
  }

  async #mountPage({ webui: about }) {
    if (this.#app) return;
    const { page, base, kind } = this.#mount.dataset;
    try {
      await import(new URL(page, document.baseURI));
    } catch (error) {
      throw Object.assign(new Error(`The page of LoraBridge could not be loaded: ${error.message}.`), { cure: "Reload the page. If that does not help, the extension is incomplete: install it anew, with its folder page/." });
    }
    const app = document.createElement("lorabridge-app");
    for (const [name, value] of Object.entries({ base, theme: isDark() ? "dark" : "light", language: languageOf(webui.opts?.localization), embedded: "" })) app.setAttribute(name, value);
    /** What the page can ask of the WebUI around it. */
    app.webui = { kind, checkpoint: about.checkpoint, folders: about.folders, form: readForm, refreshLoras: () => this.#post("refresh-loras").then(refreshCards) };
    this.#app = app;
    this.#spoken.observe(app, { attributeFilter: ["lang"] });
    this.#mount.append(app);
  }

  // drawn anew only when it says something else: a log that is being read must not jump, a token that is being typed must stay
  #say(notice) {
    const text = JSON.stringify({ ...notice, log: undefined });
    const log = this.#notice.querySelector("pre");
    if (log && notice?.log) log.textContent = notice.log;
    if (text === this.#shown && Boolean(log) === Boolean(notice?.log)) return;
    this.#shown = text;
    this.#notice.hidden = !notice;
    this.#notice.classList.toggle("lorabridge-calm", Boolean(notice?.calm));
    this.#notice.replaceChildren(...(notice ? this.#parts(notice) : []));
  }

  #parts({ words, cure, start, asksToken, restore, log, problems = [] }) {
    const parts = [];
    if (words) parts.push(make("p", { className: "lorabridge-words", textContent: said(words) }));
    if (cure) parts.push(make("p", { textContent: said(cure) }));
    parts.push(...problems.map(text => make("p", { textContent: said(text) })));
    if (start) parts.push(this.#button("Start the server", () => this.#post("start")));
    if (restore) parts.push(this.#button("Bring the model back now", () => this.#post("restore")));
    if (asksToken) parts.push(this.#tokenForm());
    if (log) parts.push(make("details", { open: true }, make("summary", { textContent: said("What the server printed last") }), make("pre", { textContent: log })));
    return parts;
  }

  #button(text, action) {
    const button = make("button", { type: "button", className: "lorabridge-button", textContent: said(text) });
    button.addEventListener("click", async () => {
      button.disabled = true;
      try {
        await action();
        await this.#look();
      } catch (error) {
        this.#say({ words: error.message, cure: error.cure });
      } finally {
        button.disabled = false;
      }
    });
    return button;
  }

  #tokenForm() {
    const field = make("input", { type: "password", autocomplete: "off", required: true });
    const form = make("form", { className: "lorabridge-token" }, make("label", {}, said("The server's token"), " ", field));
    const send = this.#button("Use it", () => this.#post("token", { token: field.value }));
    form.append(send);
    form.addEventListener("submit", event => {
      event.preventDefault();
      send.click();
    });
    return form;
  }

  async #post(name, body = {}) {
    const answer = await fetch(`${this.#mount.dataset.own}/${name}`, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });
    if (!answer.ok) throw await this.#problem(answer);
    return answer.json();
  }

  async #problem(answer) {
    const problem = await answer.json().catch(() => ({}));
    return Object.assign(new Error(problem.detail ?? `The WebUI answered with status ${answer.status}.`), { cure: problem.cure });
  }
}

// gradio may draw the tab anew, with a mount that knows nothing
const tabs = new WeakSet();
function upgrade() {
  try {
    const mount = find("#lorabridge_mount");
    if (!mount || tabs.has(mount)) return;
    tabs.add(mount);
    new Tab(mount);
  } catch (error) {
    console.error("LoraBridge:", error);
  }
}

if (webui.onAfterUiUpdate) webui.onAfterUiUpdate(upgrade);
else new MutationObserver(upgrade).observe(document.documentElement, { childList: true, subtree: true });
upgrade();
