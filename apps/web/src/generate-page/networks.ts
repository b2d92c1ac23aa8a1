import type { NetworkCard } from '../generation/calls.js';
import { StoppedError } from '../rpc/worker-client.js';
import { CheckpointDrop } from './checkpoint-drop.js';
import type { GenerationSession } from './generation-session.js';

/** What the page does when networks come. */
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
      student.size === teacher.size &&
      student.channels === teacher.channels &&
      student.classNames.length === teacher.classNames.length
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
        ? 'a one-step generator: it is the student now'
        : 'a diffusion model: it is the teacher now';
    this.drop.say(
      `${card.name}: ${what}. ${card.parameters.toLocaleString('en')} parameters, ${card.size}×${card.size} pixels.`,
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
      this.events.changed(card);
      return card;
    } catch (error) {
      bar.end((error as Error).message, true);
      return null;
    }
  }
}
