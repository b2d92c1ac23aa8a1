import type { ImageOfNoise, ImageRequest, NetworkCard } from '../generation/calls.js';
import { teacherEvaluations } from '../generation/teacher-evaluations.js';
import { setting } from '../page/address.js';
import { announce } from '../page/announce.js';
import { element } from '../page/element.js';
import { describeCost } from '../page/format.js';
import { LatestOnly } from '../page/latest-only.js';
import { CaptionField } from './caption-field.js';
import { ClassPicker } from './class-picker.js';
import type { GenerationSession } from './generation-session.js';
import { GuidanceSlider } from './guidance-slider.js';
import { LabelField } from './label-field.js';
import type { Networks } from './networks.js';
import { classOfAddress, keepRequest } from './picture-address.js';
import { savePicture } from './save-picture.js';
import { SeedFields } from './seed-fields.js';
import type { ShippedModel } from './shipped-models.js';
import { Stage } from './stage.js';
import { StepPicker } from './step-picker.js';
import { SynthesisField } from './synthesis-field.js';
import { TeacherBeside } from './teacher-beside.js';
import { Walk } from './walk.js';

/** The pictures next to the classes are left out where an image takes longer, in ms. */
const SLOW = 400;
/** A picture is announced when no other has come for this time, in ms: those of a slider or of each key are too many. */
const ANNOUNCE_AFTER = 700;
/** Class of the first picture, where the address names none. */
const DEFAULT_CLASS = 7;

/** The picture, and everything that chooses it: seed, class, label or words, steps, guidance, and the walk to another seed. */
export class PicturePanel {
  private readonly stage = new Stage();
  private readonly save = element('save', HTMLButtonElement);
  private readonly evaluations = element('teacher-evaluations', HTMLElement);
  private readonly classNote = element('class-note', HTMLElement);
  private readonly classes = new ClassPicker(() => this.update());
  private readonly labelField = new LabelField(() => this.update());
  private readonly captions = new CaptionField(() => this.update());
  private readonly steps = new StepPicker(() => this.update());
  private readonly guidance = new GuidanceSlider(() => this.update());
  private readonly synthesis = new SynthesisField(() => this.update());
  private readonly seeds = new SeedFields({
    typed: () => this.update(),
    drawn: () => {
      this.walk.mix = 0;
      this.update();
    },
  });
  private readonly walk = new Walk({
    moved: () => this.update(),
    arrived: () => this.seeds.advance(),
    stopped: () => this.update(),
  });
  private readonly generating = new LatestOnly();
  private announcing: number | undefined;
  /** What the picture shows, in words. */
  private what = '';
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
    this.save.addEventListener(
      'click',
      () => void savePicture(this.stage.main, this.chosenName, this.seeds.chosen?.seed ?? null),
    );
  }

  /** The image that is chosen now; null while a seed or a label is being typed. */
  get request(): ImageRequest | null {
    const seeds = this.seeds.chosen;
    const typed = this.labelField.label;
    if (seeds === null || typed === null) return null;
    const { mix } = this.walk;
    const between = mix > 0 && { between: { seed: seeds.other, mix } };
    return {
      seed: seeds.seed,
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
    this.save.disabled = !isEnabled;
    this.seeds.isEnabled = this.walk.isEnabled = isEnabled;
  }

  /** Stops what moves by itself. */
  stop(): void {
    this.walk.stop();
    this.teacher.stop();
  }

  /** Says why there is no picture. */
  say(message: string): void {
    this.stage.describe(message);
    announce(message);
  }

  /** Generates the picture that is chosen now, and the smaller ones of the classes. */
  private update(): void {
    this.onChange();
    const { request, networks } = this;
    const { shown, generator } = networks;
    if (request === null || shown === null || networks.isSwitching) return;
    if (!this.walk.isWalking) keepRequest(request, this.captions.caption ?? null);
    this.teacher.stop();
    this.describe(request);
    if (generator === null) {
      this.studentTime = null;
      return this.startTeacher(request);
    }
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

  private describe({ seed, between, guidance = 1 }: ImageRequest): void {
    this.evaluations.textContent = String(teacherEvaluations(guidance));
    const which =
      between === undefined
        ? `seed ${seed}`
        : `${Math.round(between.mix * 100)} % from seed ${seed} to ${between.seed}`;
    this.what = `${this.chosenName}, ${which}`;
    this.stage.describe(this.what, this.captions.caption === undefined ? this.what : `These words, ${which}`);
    this.walk.describe(which);
  }

  private show(request: ImageRequest, image: ImageOfNoise, kind: NetworkCard): void {
    this.stage.show(image, kind);
    this.steps.show();
    this.walk.count();
    this.announceSoon(image);
    // For scripts: the values behind the picture.
    const { pixels, milliseconds } = image;
    const detail = { ...request, pixels, milliseconds, before: image.before?.pixels };
    this.stage.picture.dispatchEvent(new CustomEvent('generated', { detail, bubbles: true }));
  }

  /** Announces a picture, unless another one comes at once. */
  private announceSoon(image: ImageOfNoise): void {
    clearTimeout(this.announcing);
    if (this.walk.isWalking) return;
    const text = `Picture drawn: ${this.what}. ${describeCost(image)}.`;
    this.announcing = window.setTimeout(() => announce(text), ANNOUNCE_AFTER);
  }

  /** The class, the label or the caption in words. */
  private get chosenName(): string {
    return this.classes.chosenName ?? this.captions.description ?? this.labelField.description ?? 'Picture';
  }
}
