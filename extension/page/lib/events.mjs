// What happens to a job, from its first event on: a stream that is taken up again where it broke; where streams do not
// pass (some proxies hold them back), the same events are asked for.

/**
 * for await (const event of follow(api, id, { signal })) …   event: { number, time, kind, body }
 * Ends when the job is over or the signal is aborted. An empty list tells that all events of before have been given.
 */
export async function* follow(api, id, { after = 0, signal, patience = 25000, pause = 1500 } = {}) {
  let last = after, streams = true, failures = 0;
  while (!signal?.aborted) {
    try {
      // first all that there is, quickly; then as it comes
      const list = await api.get(`jobs/${id}/events`, { query: { after: last, limit: 5000 }, signal });
      for (const event of list.events) yield event;
      last = list.last;
      if (list.isOver) return;
      if (list.events.length >= 5000) continue;
      yield null;
      failures = 0;
      if (!streams) {
        await sleep(pause, signal);
        continue;
      }
      for await (const event of stream(api.url(`jobs/${id}/events`, { after: last }), { signal, patience })) {
        last = event.number;
        yield event;
      }
    } catch (error) {
      if (signal?.aborted) return;
      if (error instanceof Silence) streams = false;
      else if (error.status === 404) throw error;
      else await sleep(Math.min(5000, 500 * ++failures), signal);
    }
  }
}

class Silence extends Error {}

/** The messages of an event stream; ends with it. */
async function* stream(url, { signal, patience }) {
  const abort = new AbortController();
  const end = () => abort.abort();
  signal?.addEventListener("abort", end);
  let timer, silent = false;
  const expect = () => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      silent = true;
      abort.abort();
    }, patience);
  };
  try {
    expect();
    const answer = await fetch(url, { headers: { Accept: "text/event-stream" }, signal: abort.signal, cache: "no-store" });
    if (answer.status === 204) return;
    if (!answer.ok) throw Object.assign(new Error(), { status: answer.status });
    const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
    for (let text = ""; ;) {
      const { value, done } = await reader.read();
      if (done) return;
      expect();
      text += value;
      for (let end; (end = text.indexOf("\n\n")) >= 0; text = text.slice(end + 2)) {
        const data = text.slice(0, end).split("\n").filter(line => line.startsWith("data:")).map(line => line.slice(5)).join("\n");
        if (data) yield JSON.parse(data);
      }
    }
  } catch (error) {
    throw silent ? new Silence() : error;
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", end);
    abort.abort();
  }
}

/** Waits; sooner where the signal is aborted. */
export const sleep = (milliseconds, signal) => new Promise(resolve => {
  const timer = setTimeout(resolve, milliseconds);
  signal?.addEventListener("abort", () => {
    clearTimeout(timer);
    resolve();
  }, { once: true });
});
