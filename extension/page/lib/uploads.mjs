// Uploads into data sets. They go on when another view is shown: each data set's is kept here until it is put away.
import { Store } from "./store.mjs";

const most = 8, mostBytes = 24e6, lanes = 2;
const running = new Map();

/** The upload of a data set; undefined where there is none. */
export const uploadOf = id => running.get(id);

export const forgetUpload = id => running.delete(id);

/** Adds files to a data set's upload. `files`: [{ name, file }] */
export function upload(api, id, files) {
  const known = running.get(id) ?? new Upload(api, id);
  running.set(id, known);
  known.add(files);
  return known;
}

const stem = name => name.replace(/\.[^./]*$/, "");
const isCaption = name => /\.(txt|caption)$/i.test(name);

class Upload extends Store {
  #waiting = [];
  #busy = 0;
  #abort = new AbortController();

  constructor(api, id) {
    super({ files: [], isDone: true });
    this.api = api;
    this.id = id;
  }

  add(files) {
    // what a system puts into every folder is nobody's picture
    const lines = files.filter(({ name }) => !/(^|\/)(\.|Thumbs\.db$|desktop\.ini$|__MACOSX\/)/i.test(name)).map(({ name, file }) => ({ name, file, state: "waiting", part: 0 }));
    this.set({ files: [...this.state.files, ...lines], isDone: lines.length === 0 && this.state.isDone });
    this.#waiting.push(...parcels(lines));
    while (this.#busy < lanes && this.#waiting.length) this.#work();
  }

  stop() {
    this.#waiting = [];
    this.#abort.abort();
    this.#abort = new AbortController();
    for (const file of this.state.files) if (file.state === "waiting") file.state = "stopped";
    this.#tell();
  }

  /** Sends again what did not arrive. */
  again() {
    const lost = this.state.files.filter(file => file.state === "lost" || file.state === "stopped");
    this.set({ files: this.state.files.filter(file => !lost.includes(file)) });
    this.add(lost);
  }

  async #work() {
    this.#busy++;
    for (let parcel; (parcel = this.#waiting.shift());) await this.#send(parcel);
    this.#busy--;
    if (!this.#busy) this.set({ isDone: true });
  }

  async #send(parcel) {
    const total = parcel.reduce((sum, line) => sum + line.file.size, 0) || 1;
    for (const line of parcel) line.state = "sending";
    try {
      const report = await this.api.upload(`datasets/${this.id}/pictures`, parcel, { signal: this.#abort.signal, onprogress: part => {
        // they go over the line one after another
        let before = 0;
        for (const line of parcel) {
          line.part = Math.min(1, Math.max(0, (part * total - before) / (line.file.size || 1)));
          before += line.file.size;
        }
        this.#tell();
      } });
      for (const line of parcel) {
        const own = parcel.length === 1 ? report.files : report.files.filter(one => one.name === line.name);
        const worst = own.find(one => one.outcome === "refused") ?? own.find(one => one.outcome === "taken") ?? own[0];
        Object.assign(line, { part: 1, state: worst?.outcome ?? "taken", reason: worst?.reason, cure: worst?.cure, twin: worst?.duplicateOf, file: worst?.outcome === "refused" ? line.file : null });
        if (own.length > 1) line.inside = own;
      }
    } catch (error) {
      for (const line of parcel) Object.assign(line, error.name === "AbortError" ? { state: "stopped" } : { state: "lost", reason: error.reason ?? error.message, cure: error.cure });
    }
    this.#tell();
  }

  #tell() {
    this.set({ files: [...this.state.files] });
  }
}

/** Some files a request, a caption with its picture, an archive alone. */
function parcels(lines) {
  const captions = new Map(lines.filter(line => isCaption(line.name)).map(line => [stem(line.name), line])), all = [];
  let now = [], size = 0;
  const close = () => {
    if (now.length) all.push(now);
    now = [];
    size = 0;
  };
  for (const line of lines) {
    if (isCaption(line.name)) continue;
    if (/\.zip$/i.test(line.name)) {
      all.push([line]);
      continue;
    }
    if (now.length >= most || size + line.file.size > mostBytes) close();
    now.push(line);
    size += line.file.size;
    const caption = captions.get(stem(line.name));
    if (caption) now.push(caption);
    captions.delete(stem(line.name));
  }
  close();
  // captions of pictures that are there already
  const rest = [...captions.values()];
  while (rest.length) all.push(rest.splice(0, 50));
  return all;
}
