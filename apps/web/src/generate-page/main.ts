import '../style.css';
import type { EngineName } from '../engine/engine-name.js';
import type { GenerationCalls, ImageOfNoise, ImageRequest, MadeImage, NetworkCard } from '../generation/calls.js';
import { SHIPPED } from '../networks/shipped.js';
import { keepSettings, setting } from '../page/address.js';
import { element } from '../page/element.js';
import { EnginePicker } from '../page/engine-picker.js';
import { duration, evaluations } from '../page/format.js';
import { LatestOnly } from '../page/latest-only.js';
import { paint, paintNoise, savePng } from '../page/paint.js';
import { StoppedError, WorkerClient } from '../rpc/worker-client.js';
import { CheckpointDrop } from './checkpoint-drop.js';
import { ClassPicker } from './class-picker.js';
import { RaceView } from './race-view.js';

/** A saved picture's pixels are this many pixels wide. */
const SAVED_FACTOR = 16;
/** The pictures beside the classes are left out where an image takes longer, in ms. */
const SLOW = 400;

const page = {
  picture: element('picture', HTMLCanvasElement),
  noise: element('noise', HTMLCanvasElement),
  caption: element('caption', HTMLElement),
  cost: element('cost', HTMLElement),
  seed: element('seed', HTMLInputElement),
  another: element('another', HTMLButtonElement),
  save: element('save', HTMLButtonElement),
  otherSeed: element('other-seed', HTMLInputElement),
  mix: element('mix', HTMLInputElement),
  race: element('race', HTMLButtonElement),
  measure: element('measure', HTMLButtonElement),
  speed: element('speed', HTMLElement),
};
const cards: { student: NetworkCard | null; teacher: NetworkCard | null } = { student: null, teacher: null };
const generating = new LatestOnly();
const race = new RaceView();
const classes = new ClassPicker(() => pictureChanged());
const networks = new CheckpointDrop((file) => void loadOwn(file));
let worker = newWorker();
let client = new WorkerClient<GenerationCalls>(worker);
let racing: AbortController | null = null;

page.seed.value = String(seedOf(setting('seed')) ?? 7);
page.otherSeed.value = String(Number(page.seed.value) + 1);
page.seed.addEventListener('input', pictureChanged);
page.otherSeed.addEventListener('input', pictureChanged);
page.mix.addEventListener('input', pictureChanged);
page.another.addEventListener('click', () => {
  page.seed.value = String(Math.floor(Math.random() * 10_000));
  page.mix.value = '0';
  pictureChanged();
});
page.save.addEventListener('click', () => {
  const name = `${classes.chosenName.toLowerCase()}-seed-${page.seed.value}.png`;
  void savePng(page.picture, Math.max(1, Math.round((SAVED_FACTOR * 32) / page.picture.width)), name);
});
page.race.addEventListener('click', () => void runRace());
page.measure.addEventListener('click', () => void measureSpeed());
void new EnginePicker(startOn).start();

function newWorker(): Worker {
  return new Worker(new URL('../generation/worker.ts', import.meta.url), { type: 'module', name: 'generation' });
}

/** Starts an engine in a new worker, where nothing is left of the one before, and loads the shipped networks. */
async function startOn(name: EngineName): Promise<string> {
  worker.terminate();
  worker = newWorker();
  client = new WorkerClient(worker);
  Object.assign(cards, { student: null, teacher: null });
  updateButtons();
  const description = await client.call('start', name).catch((error: unknown) => {
    page.caption.textContent = 'No engine runs. Choose another one below.';
    throw error;
  });
  void loadShipped();
  return description;
}

async function loadShipped(): Promise<void> {
  const current = client;
  for (const role of ['student', 'teacher'] as const) {
    await load(new URL(SHIPPED[role], location.href).href, `the ${role}`);
    if (client !== current) return;
  }
  networks.say('The student and its teacher that come with onestep. Or drop a network of your own here.');
}

async function loadOwn(file: File): Promise<void> {
  const card = await load(file, file.name);
  if (card === null) return;
  const what =
    card.role === 'student'
      ? 'a one-step generator: it is the student now'
      : 'a diffusion model: it is the teacher now';
  networks.say(
    `${card.name}: ${what}. ${card.parameters.toLocaleString('en')} parameters, ${card.size}×${card.size} pixels.`,
  );
}

/** Loads a network. @returns null if it cannot be, which the page says */
async function load(source: string | File, what: string): Promise<NetworkCard | null> {
  stopRace();
  const bar = networks.begin(what);
  try {
    const card = await client.call('load', source, { onEvent: (progress) => bar.advance(progress) });
    bar.end('');
    cards[card.role] = card;
    if (card.role === 'student') {
      classes.offer(card.classes, classes.chosen ?? Number(setting('class') ?? 7));
      pictureChanged();
    }
    updateButtons();
    return card;
  } catch (error) {
    bar.end((error as Error).message, true);
    return null;
  }
}

function updateButtons(): void {
  const { student, teacher } = cards;
  for (const control of [page.another, page.save, page.measure, page.mix]) control.disabled = student === null;
  const isPair =
    student !== null &&
    teacher !== null &&
    (['size', 'channels', 'classes'] as const).every((k) => student[k] === teacher[k]);
  page.race.disabled = !isPair;
  page.race.title = student && teacher && !isPair ? 'The two networks make different kinds of images.' : '';
}

/** @returns null for what is no seed */
function seedOf(text: string | null): number | null {
  return text !== null && /^\d{1,15}$/.test(text.trim()) ? Number(text) : null;
}

/** What is asked for now; null while a seed is being typed. */
function request(): ImageRequest | null {
  const [seed, other] = [seedOf(page.seed.value), seedOf(page.otherSeed.value)];
  page.seed.setCustomValidity(seed === null ? 'A seed is an integer from 0.' : '');
  page.otherSeed.setCustomValidity(other === null ? 'A seed is an integer from 0.' : '');
  if (seed === null || other === null) return null;
  const mix = Number(page.mix.value);
  return { seed, classIndex: classes.chosen, ...(mix > 0 && { between: { seed: other, mix } }) };
}

function pictureChanged(): void {
  stopRace();
  const wanted = request();
  const kind = cards.student;
  if (wanted === null || kind === null) return;
  keepSettings({ seed: wanted.seed, class: wanted.classIndex ?? null });
  void generating.run(async () => {
    const image = await client.call('generate', wanted).catch(told);
    if (!image || kind !== cards.student) return;
    show(wanted, image, kind);
    if (kind.classes > 0 && wanted.between === undefined && image.milliseconds < SLOW) {
      const all = await client.call('generateClasses', wanted.seed).catch(told);
      if (all) classes.show(all.pixels, kind);
    }
  });
}

function show({ seed, between, classIndex }: ImageRequest, image: ImageOfNoise, kind: NetworkCard): void {
  paint(page.picture, image.pixels, kind);
  paintNoise(page.noise, image.latent, kind);
  const which =
    between === undefined ? `seed ${seed}` : `${Math.round(between.mix * 100)} % from seed ${seed} to ${between.seed}`;
  // The slider speaks for itself; its every place would be too much to listen to.
  page.caption.setAttribute('aria-live', between === undefined ? 'polite' : 'off');
  page.mix.setAttribute('aria-valuetext', which);
  page.caption.textContent = `${classes.chosenName}, ${which}`;
  page.cost.textContent = `${evaluations(image.evaluations)}, ${duration(image.milliseconds)}`;
  page.picture.setAttribute('aria-label', `Generated picture: ${page.caption.textContent}`);
  // For scripts: the values behind the picture.
  const detail = { seed, classIndex, between, pixels: image.pixels };
  page.picture.dispatchEvent(new CustomEvent('generated', { detail, bubbles: true }));
}

async function runRace(): Promise<void> {
  const wanted = request();
  const kind = cards.student;
  if (racing !== null) return stopRace();
  if (wanted === null || kind === null) return;
  const controller = new AbortController();
  racing = controller;
  page.race.textContent = 'Stop the race';
  race.clear();
  let student: MadeImage | null = null;
  try {
    const teacher = await client.call('race', wanted, {
      signal: controller.signal,
      onEvent: (event) => {
        if (controller.signal.aborted) return;
        if ('student' in event) race.studentDone((student = event.student), kind);
        else race.teacherStep(event.teacher, kind);
      },
    });
    race.finish(student!, teacher);
    const detail = { ...wanted, pixels: teacher.pixels };
    page.race.dispatchEvent(new CustomEvent('raced', { detail, bubbles: true }));
  } catch (error) {
    told(error);
  } finally {
    if (racing === controller) {
      racing = null;
      page.race.textContent = 'Start the race';
    }
  }
}

/** The picture has changed: what the lanes show is no longer it. */
function stopRace(): void {
  racing?.abort();
  racing = null;
  page.race.textContent = 'Start the race';
  race.clear();
}

async function measureSpeed(): Promise<void> {
  page.measure.disabled = true;
  page.speed.textContent = 'Measuring…';
  try {
    const { images, seconds } = await client.call('measure', { batch: 16, seconds: 2 });
    page.speed.textContent = `${(images / seconds).toFixed(1)} images a second, in batches of 16`;
  } catch (error) {
    told(error);
    page.speed.textContent = '';
  } finally {
    updateButtons();
  }
}

/** Says what went wrong, unless it was stopped on purpose. */
function told(error: unknown): undefined {
  if (!(error instanceof StoppedError)) networks.say((error as Error).message, true);
}
