import type { ImageOfNoise, ImageRequest, NetworkCard } from '../generation/calls.js';
import { keepSettings, setting } from '../page/address.js';
import { element } from '../page/element.js';
import { LatestOnly } from '../page/latest-only.js';
import { savePng } from '../page/paint.js';
import { CaptionField } from './caption-field.js';
import { ClassPicker } from './class-picker.js';
import type { GenerationSession } from './generation-session.js';
import { GuidanceSlider } from './guidance-slider.js';
import { LabelField } from './label-field.js';
import type { Networks } from './networks.js';
import type { ShippedModel } from './shipped-models.js';
import { Stage } from './stage.js';
import { StepPicker } from './step-picker.js';
import { SynthesisField } from './synthesis-field.js';
import { TeacherBeside } from './teacher-beside.js';
import { Walk } from './walk.js';

/** A saved picture's pixels are this many pixels wide. */
const SAVED_FACTOR = 16;
/** The pictures next to the classes are left out where an image takes longer, in ms. */
const SLOW = 400;
/** Class of the first picture, where the address names none. */
const DEFAULT_CLASS = 7;

/** The picture, and everything that chooses it: seed, class, label or words, steps, guidance, and the walk to another seed. */
export class PicturePanel {
  private readonly stage = new Stage();
  private readonly seed = element('seed', HTMLInputElement);
  private readonly otherSeed = element('other-seed', HTMLInputElement);
  private readonly another = element('another', HTMLButtonElement);
  private readonly save = element('save', HTMLButtonElement);
  private readonly classNote = element('class-note', HTMLElement);
  private readonly classes = new ClassPicker(() => this.update());
  private readonly labelField = new LabelField(() => this.update());
  private readonly captions = new CaptionField(() => this.update());
  private readonly steps = new StepPicker(() => this.update());
  private readonly guidance = new GuidanceSlider(() => this.update());
  private readonly synthesis = new SynthesisField(() => this.update());
  private readonly walk = new Walk({
    moved: () => this.update(),
    arrived: () => this.nextSeed(),
    stopped: () => this.update(),
  });
  private readonly generating = new LatestOnly();
  private readonly teacher: TeacherBeside;
  /** Time of the student's last picture, in ms; null without a student. */
  private studentTime: number | null = null;

  /** @param onChange another picture has been chosen */
  constructor(
    private readonly session: GenerationSession,
    private readonly networks: Networks,
    private readonly onChange: () => void,
  ) {
    this.teacher = new TeacherBeside(session, (error) => networks.showError(error));
    this.seed.value = String(parseSeed(setting('seed')) ?? 7);
    this.otherSeed.value = String(Number(this.seed.value) + 1);
    for (const input of [this.seed, this.otherSeed]) input.addEventListener('input', () => this.update());
    this.another.addEventListener('click', () => {
      this.seed.value = String(Math.floor(Math.random() * 10_000));
      this.walk.mix = 0;
      this.update();
    });
    this.save.addEventListener('click', () => void this.savePicture());
  }

  /** The image that is chosen now; null while a seed or a label is being typed. */
  get request(): ImageRequest | null {
    const [seed, other] = [parseSeed(this.seed.value), parseSeed(this.otherSeed.value)];
    this.seed.setCustomValidity(seed === null ? 'A seed is an integer from 0.' : '');
    this.otherSeed.setCustomValidity(other === null ? 'A seed is an integer from 0.' : '');
    const typed = this.labelField.label;
    if (seed === null || other === null || typed === null) return null;
    const { mix } = this.walk;
    const between = mix > 0 && { between: { seed: other, mix } };
    return {
      seed,
      classIndex: this.classes.chosen,
      label: this.captions.label ?? typed,
      steps: this.steps.chosen,
      guidance: this.guidance.chosen,
      synthesis: this.synthesis.chosen,
      ...between,
    };
  }

  /** Makes room for a model that is being loaded. */
  makeRoom({ teacher, before, takesCaptions = false }: ShippedModel): void {
    this.guidance.makeRoom(takesCaptions);
    this.synthesis.makeRoom(teacher === undefined);
    this.captions.makeRoom(takesCaptions);
    this.classes.makeRoom(!takesCaptions);
    this.stage.makeRoom(before !== undefined, takesCaptions);
  }

  /** Offers what chooses the pictures of a new network, and generates one. */
  showNetwork(card: NetworkCard): void {
    const { classNames } = card;
    this.classes.offer(classNames, this.classes.chosen ?? classOfAddress(classNames) ?? DEFAULT_CLASS);
    this.classNote.hidden = !card.areClassesAssumed;
    this.labelField.offer(card, setting('label'));
    this.captions.offer(card, setting('prompt'));
    this.steps.offer(card, setting('steps'));
    this.synthesis.offer(card);
    const { generator, before, partner } = this.networks;
    this.guidance.offer(generator, partner);
    this.stage.arrange(generator, before !== null, card.captions !== undefined);
    this.update();
  }

  /** Offers what another teacher adds. */
  showTeacher(): void {
    const { generator, partner } = this.networks;
    this.guidance.offer(generator, partner);
    const { request } = this;
    if (request !== null) this.startTeacher(request);
  }

  enable(isEnabled: boolean): void {
    for (const control of [this.another, this.save]) control.disabled = !isEnabled;
    this.walk.isEnabled = isEnabled;
  }

  /** Stops what moves by itself. */
  stop(): void {
    this.walk.stop();
    this.teacher.stop();
  }

  /** Says why there is no picture. */
  say(message: string): void {
    this.stage.describe(message);
  }

  /** Generates the picture that is chosen now, and the smaller ones of the classes. */
  private update(): void {
    this.onChange();
    const { request, networks } = this;
    const { shown, generator } = networks;
    if (request === null || shown === null || networks.isSwitching) return;
    if (!this.walk.isWalking) this.keep(request);
    this.teacher.stop();
    this.describe(request);
    if (generator === null) this.studentTime = null;
    if (generator === null) return this.startTeacher(request);
    void this.generating.run(async () => {
      try {
        const image = await this.session.call('generate', request);
        if (generator !== networks.generator) return;
        this.show(request, image, generator);
        this.studentTime = image.milliseconds;
        this.startTeacher(request);
        const isStill = request.between === undefined && !this.walk.isWalking;
        if (!this.classes.hasPictures || !isStill || image.milliseconds >= SLOW) return;
        this.classes.show((await this.session.call('generateClasses', request)).pixels, generator);
      } catch (error) {
        networks.showError(error);
      }
    });
  }

  /** Has the teacher draw the same words, if there is one that takes them. */
  private startTeacher(request: ImageRequest): void {
    const { shown, partner, isLoading } = this.networks;
    if (shown?.captions === undefined || this.walk.isWalking) return;
    if (partner === null) this.teacher.say(isLoading ? 'On its way.' : 'Drop its file here to see its picture, too.');
    else this.teacher.startSoon(request, shown, this.studentTime);
  }

  private keep(request: ImageRequest): void {
    const caption = this.captions.caption ?? null;
    keepSettings({
      seed: request.seed,
      class: request.classIndex ?? null,
      label: caption === null ? (request.label?.join(',') ?? null) : null,
      prompt: caption,
      steps: request.steps === 1 ? null : request.steps!,
      guidance: request.guidance ?? null,
      psi: request.synthesis?.psi ?? null,
      noise: request.synthesis?.noise === 'random' ? 'random' : null,
    });
  }

  private describe({ seed, between }: ImageRequest): void {
    const which =
      between === undefined
        ? `seed ${seed}`
        : `${Math.round(between.mix * 100)} % from seed ${seed} to ${between.seed}`;
    // The slider and the text box speak for themselves; their every picture would be too much to listen to.
    const isQuiet = between !== undefined || this.walk.isWalking || this.captions.caption !== undefined;
    this.stage.describe(`${this.chosenName}, ${which}`, isQuiet);
    this.walk.describe(which);
  }

  private show(request: ImageRequest, image: ImageOfNoise, kind: NetworkCard): void {
    this.stage.show(image, kind);
    this.steps.show();
    this.walk.count();
    // For scripts: the values behind the picture.
    const { pixels, milliseconds } = image;
    const detail = { ...request, pixels, milliseconds, before: image.before?.pixels };
    this.stage.picture.dispatchEvent(new CustomEvent('generated', { detail, bubbles: true }));
  }

  /** The class, the label or the caption in words. */
  private get chosenName(): string {
    return this.classes.chosenName ?? this.captions.description ?? this.labelField.description ?? 'Picture';
  }

  /** The walk goes on from the seed where it has arrived. */
  private nextSeed(): void {
    this.seed.value = this.otherSeed.value;
    this.otherSeed.value = String(Number(this.otherSeed.value) + 1);
  }

  private savePicture(): Promise<void> {
    const name = this.chosenName
      .toLowerCase()
      .replace(/[^\p{L}\p{N}.]+/gu, '-')
      .replace(/^-|-$/g, '');
    const { picture } = this.stage;
    const factor = Math.max(1, Math.round((SAVED_FACTOR * 32) / picture.width));
    return savePng(picture, factor, `${name}-seed-${this.seed.value}.png`);
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
