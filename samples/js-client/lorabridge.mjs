// LoraBridge's API over fetch, as far as train-and-draw.mjs needs it. No dependencies; Node 18 or a browser.
// openapi/lorabridge.v1.json and openapi/webui.v1.json describe all of it.

export class LoraBridge {
  /** @param {string} server its address, such as http://127.0.0.1:7870 */
  constructor(server, headers = {}) {
    this.server = server;
    this.headers = headers;
  }

  createDataset(name) {
    return this.#send('POST', '/lorabridge/v1/datasets', { name });
  }

  /** Sends pictures and the captions beside them; the report says what became of each. */
  upload(dataset, files) {
    const form = new FormData();
    for (const { name, bytes } of files) form.append('files', new Blob([bytes]), name);
    return this.#send('POST', `/lorabridge/v1/datasets/${dataset.id}/pictures`, form);
  }

  train(name, settings) {
    return this.#send('POST', '/lorabridge/v1/jobs', { kind: 'train', name, request: { settings } });
  }

  job(id) {
    return this.#send('GET', `/lorabridge/v1/jobs/${id}`);
  }

  /** Copies a job's adapter to where prompts find it. */
  keep(id, file, name) {
    return this.#send('POST', `/lorabridge/v1/jobs/${id}/keep`, { file, name, overwrite: true });
  }

  /** What happens to a job, until it is over; a connection that breaks is taken up again where it was. */
  async *watch(id) {
    for (let last = 0; ;) {
      let isOver = false;
      try {
        for await (const event of this.#stream(id, last)) {
          last = event.number;
          isOver = event.kind === 'state' && ['finished', 'failed', 'cancelled', 'paused'].includes(event.body.state);
          yield event;
        }
      } catch (error) {
        if (error instanceof Problem) throw error;
      }
      if (isOver) return;
      await new Promise(resolve => setTimeout(resolve, 1000));
    }
  }

  /** Draws as any WebUI's client would; the answer is a PNG's bytes. */
  async draw(request) {
    const { images } = await this.#send('POST', '/sdapi/v1/txt2img', request);
    return Buffer.from(images[0], 'base64');
  }

  async *#stream(id, last) {
    const answer = await fetch(`${this.server}/lorabridge/v1/jobs/${id}/events`, { headers: { ...this.headers, Accept: 'text/event-stream', 'Last-Event-ID': `${last}` } });
    await check(answer);
    let text = '';
    for await (const chunk of answer.body.pipeThrough(new TextDecoderStream())) {
      const lines = (text + chunk).split('\n');
      text = lines.pop();
      // of a message only its data is needed: number and kind stand in it too
      for (const line of lines) if (line.startsWith('data: ')) yield JSON.parse(line.slice(6));
    }
  }

  async #send(method, path, body) {
    const isForm = body instanceof FormData;
    const answer = await fetch(this.server + path, {
      method,
      headers: { ...this.headers, ...(body && !isForm ? { 'Content-Type': 'application/json' } : {}) },
      body: body && !isForm ? JSON.stringify(body) : body,
    });
    await check(answer);
    return answer.json();
  }
}

/** An error whose message says what is wrong and what helps. */
export class Problem extends Error {}

async function check(answer) {
  if (answer.ok) return;
  const problem = await answer.json().catch(() => ({}));
  throw new Problem(`${answer.status}: ${problem.detail ?? answer.statusText}`);
}
