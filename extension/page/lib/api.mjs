// The server's API: JSON in and out, problem details as errors with words and a cure, uploads with progress.
import { t } from "./i18n.mjs";

const root = "/lorabridge/v1";

/** What the server refused, or that it did not answer; `message` and `cure` are for people. */
export class ApiError extends Error {
  constructor(status, problem) {
    super(inWords(problem) || t("errors.status", { status }));
    this.status = status;
    this.field = problem.field ?? null;
    this.cure = problem.cure ?? null;
    /** What is wrong by fields: { "network.rank": ["…"] } */
    this.errors = (typeof problem.errors === "object" && problem.errors) || (problem.field ? { [problem.field]: [this.message] } : {});
    // the sentence has the cure at its end; shown apart it is not said twice
    this.reason = this.cure && this.message.endsWith(this.cure) ? this.message.slice(0, -this.cure.length).trim() : this.message;
  }

  get isAway() {
    return this.status === 0;
  }
}

export class Api {
  /** @param base the address of /lorabridge/v1, absolute or relative to the document */
  constructor(base, connection) {
    this.base = new URL(base.endsWith("/") ? base : `${base}/`, document.baseURI);
    this.connection = connection;
  }

  /** An address of the API, from a path ("jobs/x") or an address that the server gave ("/lorabridge/v1/jobs/x"). */
  url(path, query = {}) {
    const address = new URL(path.startsWith("http") ? path : (path.startsWith(root) ? path.slice(root.length) : path).replace(/^\//, ""), this.base);
    for (const [name, value] of Object.entries(query)) if (value !== null && value !== undefined && value !== "") address.searchParams.set(name, value);
    return address.href;
  }

  /** A path of the WebUI's API ("txt2img"), for the calls above; the extension's proxy has it beside ours, the server itself at its root. */
  sdapi(path) {
    return new URL(`${this.isEmbedded ? "../" : "../../"}sdapi/v1/${path}`, this.base).href;
  }

  get(path, { query, signal } = {}) {
    return this.send("GET", path, undefined, { query, signal });
  }

  post(path, body, options) {
    return this.send("POST", path, body, options);
  }

  put(path, body, options) {
    return this.send("PUT", path, body, options);
  }

  patch(path, body, options) {
    return this.send("PATCH", path, body, options);
  }

  delete(path, options) {
    return this.send("DELETE", path, undefined, options);
  }

  /** @returns what the answer says; null where it says nothing */
  async send(method, path, body, { query, signal, headers } = {}) {
    const request = { method, signal, headers: { Accept: "application/json", ...headers } };
    if (body instanceof Blob) {
      request.body = body;
      request.headers["Content-Type"] = body.type || "application/octet-stream";
    } else if (body !== undefined) {
      request.body = JSON.stringify(body);
      request.headers["Content-Type"] = "application/json";
    }
    let answer;
    try {
      answer = await fetch(this.url(path, query), request);
    } catch (error) {
      if (error.name === "AbortError") throw error;
      this.connection?.lost();
      throw new ApiError(0, { detail: t("errors.away"), cure: t("errors.awayCure") });
    }
    return this.#read(answer.status, await answer.text());
  }

  #read(status, text) {
    // what stands between (a proxy) says so when the server is away
    if ([502, 503, 504].includes(status) && !text.includes('"cure"')) this.connection?.lost();
    else this.connection?.found();
    let value = null;
    try {
      value = text ? JSON.parse(text) : null;
    } catch {
      if (status < 400) throw new ApiError(status, { detail: t("errors.notJson"), cure: t("errors.notJsonCure") });
    }
    if (status >= 400) throw new ApiError(status, value ?? {});
    return value;
  }

  /**
   * Sends files as a form.
   * @param files [{ name, file }]
   * @param onprogress called with the fraction that was sent
   */
  upload(path, files, { onprogress, signal } = {}) {
    const form = new FormData();
    for (const { name, file } of files) form.append("files", file, name);
    return new Promise((resolve, reject) => {
      // fetch says nothing of how much was sent
      const request = new XMLHttpRequest();
      request.open("POST", this.url(path));
      request.setRequestHeader("Accept", "application/json");
      request.upload.onprogress = event => event.lengthComputable && onprogress?.(event.loaded / event.total);
      request.onerror = () => {
        this.connection?.lost();
        reject(new ApiError(0, { detail: t("errors.uploadBroke"), cure: t("errors.awayCure") }));
      };
      request.onabort = () => reject(new DOMException("", "AbortError"));
      request.onload = () => {
        try {
          resolve(this.#read(request.status, request.responseText));
        } catch (error) {
          reject(error);
        }
      };
      signal?.addEventListener("abort", () => request.abort());
      request.send(form);
    });
  }
}

// a problem's sentence; the WebUI's API has other shapes: { errors: "…" } and { detail: [{ msg }] }
const inWords = ({ detail, errors, title }) => Array.isArray(detail) ? detail.map(one => one.msg).join(" ") : (typeof errors === "string" && errors) || detail || title;

/** A name as part of an address; slashes in it stay. */
export const inPath = name => name.split("/").map(encodeURIComponent).join("/");
