import type { LoadEvent, NetworkCard, NetworkChoice } from '../generation/calls.js';
import { StoppedError } from '../rpc/worker-client.js';
import { CheckpointDrop } from './checkpoint-drop.js';
import { describeFile, describeImages } from './describe-network.js';
import type { GenerationSession } from './generation-session.js';
import { ModelPicker } from './model-picker.js';
import { arePair } from './network-pair.js';
import type { ShippedModel } from './shipped-models.js';

/** The page's reactions to the loading of networks. */
export interface NetworkEvents {
  /**
   * A network is about to be loaded.
   *
   * @param model that comes with the page; null for a file
   */
  loading(model: ShippedModel | null): void;
  /**
   * There are other networks than before.
   *
   * @param card the new one; null if all are gone
   */
  changed(card: NetworkCard | null): void;
  /**
   * A network has been loaded, or not.
   *
   * @param notKept why its file could not be kept on this device; null if it was, or need not be
   */
  loaded(notKept: string | null): void;
}

/** The networks that are loaded: those that come with the page, or files of the user's. */
export class Networks {
  generator: NetworkCard | null = null;
  teacher: NetworkCard | null = null;
  /** The generator before it was refined, where the page has both. */
  before: NetworkCard | null = null;
  /** The role of the network that was loaded last. */
  private newest: NetworkCard['role'] = 'teacher';
  private readonly models = new ModelPicker(() => void this.loadShipped());
  /** Counts what was chosen to be loaded: a model is given up for the next. */
  private choices = 0;
  /** Whether there are more networks to come. */
  isLoading = false;
  /** Whether the student may be another one in a moment. */
  isSwitching = false;
  private readonly drop = new CheckpointDrop((file) => void this.loadFile(file));

  constructor(
    private readonly session: GenerationSession,
    private readonly events: NetworkEvents,
  ) {}

  /** The network whose pictures are chosen: the student, or a teacher that takes captions and has no student here. */
  get shown(): NetworkCard | null {
    return this.generator ?? (this.teacher?.captions === undefined ? null : this.teacher);
  }

  /** The teacher, if it makes the kind of images that the student makes, or has none. */
  get partner(): NetworkCard | null {
    return this.generator === null || this.arePair ? this.teacher : null;
  }

  /** Whether both make the same kind of images. */
  get arePair(): boolean {
    return this.generator !== null && this.teacher !== null && arePair(this.generator, this.teacher);
  }

  /** Why the two cannot race, in a sentence or two; null if they can, or while they are loaded. */
  get whyNoRace(): string | null {
    const { generator: student, teacher } = this;
    if (student === null || teacher === null || this.arePair || this.isLoading) return null;
    if (student.ownLatents) return 'No race: the student is a GAN, which does not begin with the noise of the teacher.';
    const missing = this.newest === 'teacher' ? 'the student of this teacher' : 'the teacher of this student';
    return (
      `No race: the student makes ${describeImages(student)}, and the teacher ${describeImages(teacher)}. ` +
      `Choose ${missing} under "Your own network".`
    );
  }

  clear(): void {
    [this.generator, this.teacher, this.before] = [null, null, null];
    this.events.changed(null);
  }

  /** The model that is chosen from the list. */
  get model(): ShippedModel {
    return this.models.settle();
  }

  /** Loads the model that is chosen: its generator, what that was before, and its teacher. */
  async loadShipped(): Promise<void> {
    const { model } = this;
    const isCurrent = this.begin(model);
    const { generator, before, teacher } = model;
    const student = await this.load(generator, 'the student', isCurrent);
    if (!isCurrent()) return;
    if (student === null) {
      this.isLoading = this.isSwitching = false;
      return;
    }
    const earlier = before && (await this.load(before, 'what it was before', isCurrent, true));
    if (!isCurrent()) return;
    this.take(student, earlier ?? null);
    this.events.changed(student);
    const loaded = teacher && (await this.load(teacher, 'the teacher', isCurrent));
    if (!isCurrent()) return;
    if (loaded) this.teacher = loaded;
    this.finish(loaded ?? null);
    if (loaded === null) return;
    const what =
      teacher === undefined
        ? 'The generator that comes with the page.'
        : 'The student and its teacher that come with onestep.';
    this.drop.say(`${what} Or drop a network of your own here.`);
  }

  /** Shows what went wrong, unless it was stopped on purpose. */
  showError(error: unknown): void {
    if (!(error instanceof StoppedError)) this.drop.say((error as Error).message, true);
  }

  private async loadFile(file: File): Promise<void> {
    const isCurrent = this.begin(null);
    const card = await this.load(file, file.name, isCurrent);
    if (!isCurrent()) return;
    if (card === null) {
      this.isLoading = this.isSwitching = false;
      return;
    }
    if (card.role === 'generator') {
      this.models.clear();
      this.take(card, null);
    } else {
      this.teacher = card;
      // A teacher that takes captions draws alone, rather than next to a student of other pictures.
      if (card.captions !== undefined && !this.arePair) this.take(null, null);
    }
    this.newest = card.role;
    this.finish(card);
    this.drop.say(describeFile(card));
  }

  /** Begins to load something else. @returns a function that says whether it is still wanted */
  private begin(model: ShippedModel | null): () => boolean {
    const [turn, isSameWorker] = [++this.choices, this.session.watch()];
    this.isLoading = this.isSwitching = true;
    this.events.loading(model);
    return () => turn === this.choices && isSameWorker();
  }

  /** The student is another one now, or gone. */
  private take(student: NetworkCard | null, before: NetworkCard | null): void {
    [this.generator, this.before] = [student, before];
    this.isSwitching = false;
  }

  private finish(card: NetworkCard | null): void {
    this.isLoading = this.isSwitching = false;
    this.events.changed(card);
  }

  /** Loads a network. @returns null if it cannot be loaded; the page says why */
  private async load(
    choice: NetworkChoice,
    what: string,
    isCurrent: () => boolean,
    isBefore = false,
  ): Promise<NetworkCard | null> {
    const bar = this.drop.begin(what);
    let notKept: string | null = null;
    const onEvent = (event: LoadEvent) => {
      if ('notKept' in event) notKept = event.notKept;
      else bar.advance(event);
    };
    try {
      const card = await this.session.call('load', { choice, isBefore }, { onEvent });
      if (isCurrent()) bar.end('');
      return card;
    } catch (error) {
      if (isCurrent()) bar.end((error as Error).message, true);
      return null;
    } finally {
      this.events.loaded(notKept);
    }
  }
}
