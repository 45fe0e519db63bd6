// Trains a LoRA on a folder of pictures and draws with it:
//   node samples/js-client/train-and-draw.mjs http://127.0.0.1:7870 ~/cats inkcat cat.png epochs=10 resolution=512
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { LoraBridge } from './lorabridge.mjs';

const [server, folder, word, picture, ...given] = process.argv.slice(2);
if (!picture) {
  console.error('usage: train-and-draw.mjs SERVER FOLDER WORD PICTURE.png [setting=value …]');
  process.exit(2);
}
const settings = Object.fromEntries(given.map(text => [text.split('=', 1)[0], value(text.slice(text.indexOf('=') + 1))]));

try {
  const bridge = new LoraBridge(server);
  const dataset = await bridge.createDataset(word);
  const names = (await readdir(folder)).sort();
  const report = await bridge.upload(dataset, await Promise.all(names.map(async name => ({ name, bytes: await readFile(join(folder, name)) }))));
  console.log(`${report.taken} pictures and ${report.captions} captions are in ${dataset.id}`);
  for (const file of report.files) if (file.outcome === 'refused') console.log(`  ${file.name}: ${file.reason} ${file.cure}`);

  const { jobs: [{ id }], warnings } = await bridge.train(word, { ...settings, train_data_dir: dataset.folder });
  for (const warning of warnings) console.log(`  ${warning}`);
  for await (const { kind, body } of bridge.watch(id))
    if (kind === 'step') console.log(`step ${body.step} of ${body.steps}, loss ${body.smoothedLoss.toFixed(3)}, ${body.secondsLeft.toFixed(0)} s left`);

  const { state, error } = await bridge.job(id);
  if (state !== 'finished') throw new Error(`The training is ${state}: ${error?.message}`);
  const kept = await bridge.keep(id, `${word}.safetensors`, word);

  const size = settings.resolution ?? 512;
  await writeFile(picture, await bridge.draw({ prompt: `${word} <lora:${kept.name}:1>`, width: size, height: size, steps: 20, seed: 1 }));
  console.log(`${picture} is drawn with ${kept.path}`);
} catch (error) {
  console.error(error.message);
  process.exit(1);
}

// a setting's value is JSON where it can be read as such, else text
function value(text) {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
