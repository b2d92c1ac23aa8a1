import '../style.css';
import toyNetwork from '../../assets/eight-gaussians-denoiser.safetensors?url';
import { OfflineStatus } from '../offline/offline-status.js';
import { keepSettings, setting } from '../page/address.js';
import { announce } from '../page/announce.js';
import { calm } from '../page/calm.js';
import { element } from '../page/element.js';
import { EnginePicker } from '../page/engine-picker.js';
import { moveInGrid } from '../page/grid-keys.js';
import { StoppedError, WorkerClient } from '../rpc/worker-client.js';
import type { ToyCalls, ToyMethodCard, ToyProgress } from '../toy/calls.js';
import { LinePlot } from './line-plot.js';
import { Scatter } from './scatter.js';

/** Milliseconds between two reports to a screen reader. */
const REPORT_EVERY = 10_000;

/** What methods learn from, in the order of the page. */
const GROUPS = [
  {
    title: 'From the teacher alone',
    note: '',
    has: ({ needs }: ToyMethodCard) => needs.length === 0,
  },
  {
    title: 'With real points too',
    note: 'The real points are drawn from the Gaussians themselves.',
    has: ({ needs }: ToyMethodCard) => needs.includes('images'),
  },
  {
    title: 'From pairs of the teacher',
    note: 'Before the first iteration the teacher follows 4,096 points of noise to where they end, in 18 steps each.',
    has: ({ needs }: ToyMethodCard) => needs.includes('pairs'),
  },
];

const page = {
  methods: element('methods', HTMLElement),
  note: element('method-note', HTMLElement),
  run: element('run', HTMLButtonElement),
  reset: element('reset', HTMLButtonElement),
  iteration: element('iteration', HTMLElement),
  pace: element('pace', HTMLElement),
  hits: element('hits', HTMLElement),
  signal: element('signal', HTMLElement),
  plotTitle: element('plot-title', HTMLElement),
  plotNote: element('plot-note', HTMLElement),
  message: element('toy-message', HTMLElement),
};
const scatter = new Scatter(element('points', HTMLCanvasElement));
const plot = new LinePlot(element('plot', HTMLCanvasElement));
let worker: Worker | null = null;
let client: WorkerClient<ToyCalls> | null = null;
let running: AbortController | null = null;
let reportedAt = 0;
/** The last report of the method. */
let latest: ToyProgress | null = null;

let method: ToyMethodCard | null = null;
page.run.addEventListener('click', () => (running === null ? void run() : pause()));
page.reset.addEventListener('click', () => void begin());
moveInGrid(page.methods);
new OfflineStatus().start();
void new EnginePicker(async (name) => {
  pause();
  worker?.terminate();
  worker = new Worker(new URL('../toy/worker.ts', import.meta.url), { type: 'module', name: 'toy' });
  client = new WorkerClient(worker);
  page.run.disabled = true;
  // The methods are known before an engine has started.
  if (method === null) offerMethods(await client.call('methods', null));
  const description = await client.call('start', name);
  await begin();
  return description;
}).start();

/** Shows the methods to choose from. The first is chosen, unless the address names another. */
function offerMethods(methods: readonly ToyMethodCard[]): void {
  const asked = setting('method');
  method = methods.find(({ name }) => name === asked) ?? methods[0]!;
  const groups = GROUPS.map(({ title, has }) => ({ title, choices: methods.filter(has).map(methodChoice) }));
  page.methods.replaceChildren(...groups.filter(({ choices }) => choices.length > 0).map(group));
}

function group({ title, choices }: { title: string; choices: HTMLElement[] }): HTMLElement {
  const heading = document.createElement('p');
  heading.textContent = title;
  const box = document.createElement('div');
  box.className = 'choices';
  box.append(...choices);
  const both = document.createElement('div');
  both.role = 'group';
  both.ariaLabel = title;
  both.append(heading, box);
  return both;
}

function methodChoice(choice: ToyMethodCard): HTMLLabelElement {
  const { name, title } = choice;
  const label = document.createElement('label');
  const input = document.createElement('input');
  Object.assign(input, { type: 'radio', name: 'method', value: name, checked: choice === method });
  input.addEventListener('change', () => {
    method = choice;
    keepSettings({ method: name });
    void begin();
  });
  const text = document.createElement('span');
  text.textContent = title;
  label.append(input, text);
  return label;
}

/** Begins anew with the chosen method. */
async function begin(): Promise<void> {
  pause();
  if (method === null || client === null) return;
  const { about, progress } = method;
  page.note.textContent = [about, groupOf(method).note].join(' ');
  page.plotTitle.textContent = progress.name;
  page.plotNote.textContent = progress.about;
  page.message.textContent = '';
  plot.clear();
  try {
    const start = await client.call('begin', { method: method.name, network: new URL(toyNetwork, location.href).href });
    show(start);
    draw(start);
    page.run.disabled = false;
    page.reset.disabled = false;
  } catch (error) {
    showError(error);
  }
}

async function run(): Promise<void> {
  const controller = new AbortController();
  running = controller;
  page.run.textContent = 'Pause';
  announce('Running.');
  reportedAt = performance.now();
  const onEvent = (progress: ToyProgress) => running === controller && show(progress);
  try {
    await client!.call('run', {}, { onEvent, signal: controller.signal });
  } catch (error) {
    showError(error);
  } finally {
    if (running === controller) pause();
  }
}

function groupOf(method: ToyMethodCard): (typeof GROUPS)[number] {
  return GROUPS.find(({ has }) => has(method))!;
}

function pause(): void {
  if (running !== null) announce(`Paused at iteration ${page.iteration.textContent}.`);
  running?.abort();
  running = null;
  page.run.textContent = 'Start';
  if (latest !== null) draw(latest);
}

/** Shows a report while a method runs. Where motion is unwelcome, its points and the curve wait for the pause. */
function show(progress: ToyProgress): void {
  const { iteration, iterationsPerSecond, measure, signal, hits } = progress;
  if (measure !== null) plot.add(iteration, measure);
  latest = progress;
  if (!calm.matches) draw(progress);
  page.iteration.textContent = iteration.toLocaleString('en');
  page.pace.textContent = iterationsPerSecond > 0 ? iterationsPerSecond.toPrecision(2) : '–';
  page.hits.textContent = percent(hits);
  page.signal.textContent = signal.toFixed(2);
  if (performance.now() - reportedAt < REPORT_EVERY || measure === null) return;
  reportedAt = performance.now();
  const { name } = method!.progress;
  const figures = `${name.toLowerCase()} ${measure.toPrecision(2)}, learning signal ${signal.toFixed(2)}`;
  announce(`Iteration ${iteration}, ${figures}, ${percent(hits)} of the points on a Gaussian.`);
}

/** Draws the points and the curve. */
function draw({ points }: ToyProgress): void {
  scatter.moveTo(points);
  plot.redraw();
}

function percent(share: number): string {
  return `${Math.round(100 * share)} %`;
}

function showError(error: unknown): void {
  if (!(error instanceof StoppedError)) page.message.textContent = (error as Error).message;
}
