// A stand-in for the page: tries what it is given by the WebUI's side, and writes down what came of it.
import { languageOf, withText } from "/file=javascript/lorabridge.mjs";

class LoraBridgeApp extends HTMLElement {
  async connectedCallback() {
    const attributes = Object.fromEntries([...this.attributes].map(({ name, value }) => [name, value]));
    const { kind, checkpoint, form } = this.webui;
    const before = form();
    const send = detail => !this.dispatchEvent(new CustomEvent("lorabridge-send", { detail, bubbles: true, composed: true, cancelable: true }));
    const taken = send({ text: "<lora:ink:0.8>" });
    const prompt = form().prompt;
    send({ text: "a bear", target: "img2img", replace: true });
    this.dispatchEvent(new CustomEvent("lorabridge-saved", { detail: { name: "ink" }, bubbles: true, composed: true }));
    const answer = await (await fetch(`${attributes.base}/echo`)).json();
    const events = await (await fetch(`${attributes.base}/jobs/job-1/events`, { headers: { Accept: "text/event-stream" } })).text();
    const source = new EventSource(`${attributes.base}/jobs/job-1/events`);
    const event = await new Promise((resolve, reject) => Object.assign(source, { onmessage: message => resolve(message.data), onerror: reject }));
    source.close();
    const bytes = (await (await fetch(`${attributes.base}/weights`)).arrayBuffer()).byteLength;
    const texts = [
      ["a fox", "<lora:ink:1>"], ["a fox <lora:ink:0.5>, fog", "<lora:ink:1>"], ["<lora:ink:1>", "<lora:fog:1> <lora:ink:0.2:0.3>"], ["<lora:ink2:1>", "<lora:ink:1>"],
      ["", "a b"], ["a $& <lora:a.b:1>", "<lora:a.b:$1>"],
    ].map(([before, text]) => withText(before, text));
    const languages = ["None", "zh_CN", "chinese-all-0313", "zh-Hant (Stable)", "ja_JP", undefined].map(languageOf);
    await new Promise(resolve => setTimeout(resolve, 300));
    this.textContent = JSON.stringify({ attributes, kind, checkpoint, before, taken, prompt, other: form("img2img").prompt, path: answer.path, events, event, bytes, texts, languages, heard });
    this.id = "report";
  }
}
customElements.define("lorabridge-app", LoraBridgeApp);
