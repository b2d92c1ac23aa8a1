import type { ImageOfNoise, ImageRequest, NetworkCard } from '../generation/calls.js';
import { keepSettings, setting } from '../page/address.js';
import { element } from '../page/element.js';
import { duration, evaluations } from '../page/format.js';
import { LatestOnly } from '../page/latest-only.js';
import { paint, paintNoise, savePng } from '../page/paint.js';
import { ClassPicker } from './class-picker.js';
import type { GenerationSession } from './generation-session.js';
import { LabelField } from './label-field.js';
import type { Networks } from './networks.js';
import { StepPicker } from './step-picker.js';

/** A saved picture's pixels are this many pixels wide. */
const SAVED_FACTOR = 16;
/** The pictures next to the classes are left out where an image takes longer, in ms. */
const SLOW = 400;
/** Class of the first picture, where the address names none. */
const DEFAULT_CLASS = 7;

/** The picture, and everything that chooses it: seed, class or label, steps, and the walk to another seed. */
export class PicturePanel {
  private readonly picture = element('picture', HTMLCanvasElement);
  private readonly noise = element('noise', HTMLCanvasElement);
  private readonly caption = element('caption', HTMLElement);
  private readonly cost = element('cost', HTMLElement);
  private readonly seed = element('seed', HTMLInputElement);
  private readonly otherSeed = element('other-seed', HTMLInputElement);
  private readonly mix = element('mix', HTMLInputElement);
  private readonly another = element('another', HTMLButtonElement);
  private readonly save = element('save', HTMLButtonElement);
  private readonly classes = new ClassPicker(() => this.update());
  private readonly labelField = new LabelField(() => this.update());
  private readonly steps = new StepPicker(() => this.update());
  private readonly classNote = element('class-note', HTMLElement);
  private readonly generating = new LatestOnly();

  /** @param onChange another picture has been chosen */
  constructor(
    private readonly session: GenerationSession,
    private readonly networks: Networks,
    private readonly onChange: () => void,
  ) {
    this.seed.value = String(parseSeed(setting('seed')) ?? 7);
    this.otherSeed.value = String(Number(this.seed.value) + 1);
    for (const input of [this.seed, this.otherSeed, this.mix]) input.addEventListener('input', () => this.update());
    this.another.addEventListener('click', () => {
      this.seed.value = String(Math.floor(Math.random() * 10_000));
      this.mix.value = '0';
      this.update();
    });
    this.save.addEventListener('click', () => void this.savePicture());
  }

  /** The image that is chosen now; null while a seed or a label is being typed. */
  get request(): ImageRequest | null {
    const [seed, other] = [parseSeed(this.seed.value), parseSeed(this.otherSeed.value)];
    this.seed.setCustomValidity(seed === null ? 'A seed is an integer from 0.' : '');
    this.otherSeed.setCustomValidity(other === null ? 'A seed is an integer from 0.' : '');
    const { label } = this.labelField;
    if (seed === null || other === null || label === null) return null;
    const mix = Number(this.mix.value);
    const between = mix > 0 && { between: { seed: other, mix } };
    return { seed, classIndex: this.classes.chosen, label, steps: this.steps.chosen, ...between };
  }

  /** Offers the classes of a new student, or a field for its label, and generates its picture. */
  showStudent(card: NetworkCard): void {
    const { classNames } = card;
    this.classes.offer(classNames, this.classes.chosen ?? classOfAddress(classNames) ?? DEFAULT_CLASS);
    this.classNote.hidden = !card.areClassesAssumed;
    this.labelField.offer(card, setting('label'));
    this.steps.offer(card, setting('steps'));
    this.update();
  }

  enable(isEnabled: boolean): void {
    for (const control of [this.another, this.save, this.mix]) control.disabled = !isEnabled;
  }

  /** Says why there is no picture. */
  say(message: string): void {
    this.caption.textContent = message;
  }

  /** Generates the picture that is chosen now, and the smaller ones of the classes. */
  private update(): void {
    this.onChange();
    const { request } = this;
    const student = this.networks.generator;
    if (request === null || student === null) return;
    keepSettings({
      seed: request.seed,
      class: request.classIndex ?? null,
      label: request.label?.join(',') ?? null,
      steps: request.steps === 1 ? null : request.steps!,
    });
    void this.generating.run(async () => {
      try {
        const image = await this.session.call('generate', request);
        if (student !== this.networks.generator) return;
        this.show(request, image, student);
        if (!this.classes.hasPictures || request.between !== undefined || image.milliseconds >= SLOW) return;
        this.classes.show((await this.session.call('generateClasses', request)).pixels, student);
      } catch (error) {
        this.networks.showError(error);
      }
    });
  }

  private show({ seed, between, classIndex, label }: ImageRequest, image: ImageOfNoise, kind: NetworkCard): void {
    paint(this.picture, image.pixels, kind);
    this.noise.hidden = kind.ownLatents;
    if (!kind.ownLatents) paintNoise(this.noise, image.latent, kind);
    this.steps.show();
    const which =
      between === undefined
        ? `seed ${seed}`
        : `${Math.round(between.mix * 100)} % from seed ${seed} to ${between.seed}`;
    // The slider speaks for itself; its every place would be too much to listen to.
    this.caption.setAttribute('aria-live', between === undefined ? 'polite' : 'off');
    this.mix.setAttribute('aria-valuetext', which);
    this.caption.textContent = `${this.chosenName}, ${which}`;
    this.cost.textContent = `${evaluations(image.evaluations)}, ${duration(image.milliseconds)}`;
    this.picture.setAttribute('aria-label', `Generated picture: ${this.caption.textContent}`);
    // For scripts: the values behind the picture.
    const detail = { seed, classIndex, label, between, pixels: image.pixels };
    this.picture.dispatchEvent(new CustomEvent('generated', { detail, bubbles: true }));
  }

  /** The class or the label in words. */
  private get chosenName(): string {
    return this.classes.chosenName ?? this.labelField.description ?? 'Picture';
  }

  private savePicture(): Promise<void> {
    const name = this.chosenName.toLowerCase().replace(/[^\p{L}\p{N}.]+/gu, '-');
    const factor = Math.max(1, Math.round((SAVED_FACTOR * 32) / this.picture.width));
    return savePng(this.picture, factor, `${name}-seed-${this.seed.value}.png`);
  }
}

/** The class in the page's address, by number or name; undefined if there is none. */
function classOfAddress(classNames: readonly string[]): number | undefined {
  const text = setting('class')?.trim();
  if (text === undefined || text === '') return undefined;
  if (/^\d+$/.test(text) && Number(text) < classNames.length) return Number(text);
  const named = classNames.findIndex((name) => name.toLowerCase() === text.toLowerCase());
  return named === -1 ? undefined : named;
}

/** @returns null for what is not a seed */
function parseSeed(text: string | null): number | null {
  return text !== null && /^\d{1,15}$/.test(text.trim()) ? Number(text) : null;
}
