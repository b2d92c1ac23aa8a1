import '../style.css';
import toyNetwork from '../../assets/eight-gaussians-denoiser.safetensors?url';
import { keepSettings, setting } from '../page/address.js';
import { element } from '../page/element.js';
import { EnginePicker } from '../page/engine-picker.js';
import { StoppedError, WorkerClient } from '../rpc/worker-client.js';
import { TOY_METHOD_NAMES, type ToyCalls, type ToyMethodName, type ToyProgress } from '../toy/calls.js';
import { LinePlot } from './line-plot.js';
import { METHOD_TEXTS } from './method-texts.js';
import { Scatter } from './scatter.js';

/** A screen reader is told so often how it goes, in ms. */
const TELL_EVERY = 10_000;

const page = {
  methods: element('methods', HTMLElement),
  note: element('method-note', HTMLElement),
  run: element('run', HTMLButtonElement),
  reset: element('reset', HTMLButtonElement),
  iteration: element('iteration', HTMLElement),
  pace: element('pace', HTMLElement),
  hits: element('hits', HTMLElement),
  plotTitle: element('plot-title', HTMLElement),
  plotNote: element('plot-note', HTMLElement),
  status: element('status', HTMLElement),
  message: element('toy-message', HTMLElement),
};
const scatter = new Scatter(element('points', HTMLCanvasElement));
const plot = new LinePlot(element('plot', HTMLCanvasElement));
let worker: Worker | null = null;
let client: WorkerClient<ToyCalls> | null = null;
let running: AbortController | null = null;
let toldAt = 0;

const asked = setting('method');
let method: ToyMethodName = TOY_METHOD_NAMES.find((name) => name === asked) ?? 'diff-instruct';
page.methods.replaceChildren(...TOY_METHOD_NAMES.map(methodChoice));
page.run.addEventListener('click', () => (running === null ? void run() : pause()));
page.reset.addEventListener('click', () => void begin());
void new EnginePicker(async (name) => {
  pause();
  worker?.terminate();
  worker = new Worker(new URL('../toy/worker.ts', import.meta.url), { type: 'module', name: 'toy' });
  client = new WorkerClient(worker);
  page.run.disabled = true;
  const description = await client.call('start', name);
  await begin();
  return description;
}).start();

function methodChoice(name: ToyMethodName): HTMLLabelElement {
  const label = document.createElement('label');
  const input = document.createElement('input');
  Object.assign(input, { type: 'radio', name: 'method', value: name, checked: name === method });
  input.addEventListener('change', () => {
    method = name;
    keepSettings({ method });
    void begin();
  });
  const text = document.createElement('span');
  text.textContent = METHOD_TEXTS[name].name;
  label.append(input, text);
  return label;
}

/** Begins anew with the chosen method. */
async function begin(): Promise<void> {
  pause();
  const { about, measure, measureNote } = METHOD_TEXTS[method];
  page.note.textContent = about;
  page.plotTitle.textContent = measure;
  page.plotNote.textContent = measureNote;
  page.message.textContent = '';
  plot.clear();
  if (client === null) return;
  try {
    show(await client.call('begin', { method, network: new URL(toyNetwork, location.href).href }));
    page.run.disabled = false;
    page.reset.disabled = false;
  } catch (error) {
    told(error);
  }
}

async function run(): Promise<void> {
  const controller = new AbortController();
  running = controller;
  page.run.textContent = 'Pause';
  toldAt = performance.now();
  const onEvent = (progress: ToyProgress) => running === controller && show(progress);
  try {
    await client!.call('run', {}, { onEvent, signal: controller.signal });
  } catch (error) {
    told(error);
  } finally {
    if (running === controller) pause();
  }
}

function pause(): void {
  running?.abort();
  running = null;
  page.run.textContent = 'Start';
}

function show({ iteration, iterationsPerSecond, measure, points, hits }: ToyProgress): void {
  scatter.moveTo(points);
  page.iteration.textContent = iteration.toLocaleString('en');
  page.pace.textContent = iterationsPerSecond > 0 ? iterationsPerSecond.toPrecision(2) : '–';
  page.hits.textContent = percent(hits);
  if (measure !== null) plot.add(iteration, measure);
  if (performance.now() - toldAt < TELL_EVERY || measure === null) return;
  toldAt = performance.now();
  const { measure: name } = METHOD_TEXTS[method];
  page.status.textContent = `Iteration ${iteration}, ${name.toLowerCase()} ${measure.toPrecision(2)}, ${percent(hits)} of the points on a Gaussian.`;
}

function percent(share: number): string {
  return `${Math.round(100 * share)} %`;
}

function told(error: unknown): void {
  if (!(error instanceof StoppedError)) page.message.textContent = (error as Error).message;
}
