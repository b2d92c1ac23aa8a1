import type { NetworkCard } from '../generation/calls.js';
import { StoppedError } from '../rpc/worker-client.js';
import { CheckpointDrop } from './checkpoint-drop.js';
import type { GenerationSession } from './generation-session.js';

/** The page's reactions to the loading of networks. */
export interface NetworkEvents {
  /** A network is about to be loaded. */
  loading(): void;
  /** There are other networks than before. @param card the new one; null if all are gone */
  changed(card: NetworkCard | null): void;
}

/** The networks that are loaded: those that come with the page, or files of the user's. */
export class Networks {
  generator: NetworkCard | null = null;
  teacher: NetworkCard | null = null;
  /** The role of the network that was loaded last. */
  private newest: NetworkCard['role'] = 'teacher';
  private readonly drop = new CheckpointDrop((file) => void this.loadFile(file));

  constructor(
    private readonly session: GenerationSession,
    private readonly events: NetworkEvents,
  ) {}

  /** Whether both make the same kind of images. */
  get arePair(): boolean {
    const [student, teacher] = [this.generator, this.teacher];
    return (
      student !== null &&
      teacher !== null &&
      !student.ownLatents &&
      student.size === teacher.size &&
      student.channels === teacher.channels &&
      student.labelDim === teacher.labelDim &&
      (student.classNames.length === 0) === (teacher.classNames.length === 0)
    );
  }

  /** Why the two cannot race, in a sentence or two; null if they can, or while they are loaded. */
  get whyNoRace(): string | null {
    const { generator: student, teacher } = this;
    if (student === null || teacher === null || this.arePair) return null;
    if (student.ownLatents) return 'No race: the student is a GAN, which does not begin with the noise of the teacher.';
    const missing = this.newest === 'teacher' ? 'the student of this teacher' : 'the teacher of this student';
    return (
      `No race: the student makes ${describeImages(student)}, and the teacher ${describeImages(teacher)}. ` +
      `Choose ${missing} under "Your own network".`
    );
  }

  clear(): void {
    [this.generator, this.teacher] = [null, null];
    this.events.changed(null);
  }

  /** Loads the student and the teacher that come with the page. */
  async loadShipped(): Promise<void> {
    const isCurrent = this.session.watch();
    await this.load('generator', 'the student');
    if (isCurrent()) await this.load('teacher', 'the teacher');
    if (!isCurrent()) return;
    this.drop.say('The student and its teacher that come with onestep. Or drop a network of your own here.');
  }

  /** Shows what went wrong, unless it was stopped on purpose. */
  showError(error: unknown): void {
    if (!(error instanceof StoppedError)) this.drop.say((error as Error).message, true);
  }

  private async loadFile(file: File): Promise<void> {
    const card = await this.load(file, file.name);
    if (card === null) return;
    const what =
      card.role === 'generator'
        ? `${card.ownLatents ? 'a generator with latents of its own, such as a GAN' : 'a one-step generator'}: it is the student now`
        : 'a diffusion model: it is the teacher now';
    const assumed = card.isRoleAssumed ? ' Its file does not say what it is, which is assumed.' : '';
    this.drop.say(
      `${card.name}: ${what}. ${card.parameters.toLocaleString('en')} parameters, ${describeImages(card)}.${assumed}`,
    );
  }

  /** Loads a network. @returns null if it cannot be loaded; the page says why */
  private async load(source: NetworkCard['role'] | File, what: string): Promise<NetworkCard | null> {
    this.events.loading();
    const bar = this.drop.begin(what);
    try {
      const card = await this.session.call('load', source, { onEvent: (progress) => bar.advance(progress) });
      bar.end('');
      this[card.role] = card;
      this.newest = card.role;
      this.events.changed(card);
      return card;
    } catch (error) {
      bar.end((error as Error).message, true);
      return null;
    }
  }
}

/** `8×8 color pictures of 3 classes`. */
function describeImages({ size, channels, labelDim, classNames }: NetworkCard): string {
  const color = channels === 1 ? 'gray' : channels === 3 ? 'color' : `${channels}-channel`;
  const labels =
    labelDim === 0
      ? 'without classes'
      : classNames.length > 0
        ? `of ${labelDim} classes`
        : `with label vectors of ${labelDim} numbers`;
  return `${size}×${size} ${color} pictures ${labels}`;
}
