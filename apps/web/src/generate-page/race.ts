import type { MadeImage } from '../generation/calls.js';
import { element } from '../page/element.js';
import type { GenerationSession } from './generation-session.js';
import type { Networks } from './networks.js';
import type { PicturePanel } from './picture-panel.js';
import { RaceView } from './race-view.js';
import type { ShippedModel } from './shipped-models.js';

/** The race between student and teacher, from the picture's noise. */
export class Race {
  private readonly section = element('race-section', HTMLElement);
  private readonly button = element('race', HTMLButtonElement);
  private readonly reason = element('race-reason', HTMLElement);
  private readonly view = new RaceView();
  private racing: AbortController | null = null;

  constructor(
    private readonly session: GenerationSession,
    private readonly networks: Networks,
  ) {}

  /** Starts a race at every click, or stops the one that runs. */
  listen(picture: PicturePanel): void {
    this.button.addEventListener('click', () => (this.racing === null ? void this.run(picture) : this.stop()));
  }

  /** Stops the race and clears the lanes. */
  stop(): void {
    this.racing?.abort();
    this.end();
    this.view.clear();
  }

  /** Makes room for the race of a model that is being loaded. */
  makeRoom({ teacher, takesCaptions = false }: ShippedModel): void {
    this.section.hidden = teacher === undefined || takesCaptions;
  }

  /** Offers the race. A GAN has no teacher, and the teacher of a network that takes captions is next to it. */
  update(): void {
    const { shown, arePair, whyNoRace } = this.networks;
    this.section.hidden = shown !== null && (shown.ownLatents || shown.captions !== undefined);
    this.button.disabled = !arePair;
    this.reason.textContent = whyNoRace ?? '';
  }

  private async run({ request }: PicturePanel): Promise<void> {
    const kind = this.networks.generator;
    if (request === null || kind === null) return;
    const controller = new AbortController();
    this.racing = controller;
    this.button.textContent = 'Stop the race';
    this.view.clear();
    let student: MadeImage | null = null;
    try {
      const teacher = await this.session.call('race', request, {
        signal: controller.signal,
        onEvent: (event) => {
          if (controller.signal.aborted) return;
          if ('student' in event) this.view.studentDone((student = event.student), kind);
          else this.view.teacherStep(event.teacher, kind);
        },
      });
      this.view.finish(student!, teacher);
      // For scripts: the values behind the picture.
      const detail = { ...request, pixels: teacher.pixels };
      this.button.dispatchEvent(new CustomEvent('raced', { detail, bubbles: true }));
    } catch (error) {
      this.networks.showError(error);
    } finally {
      if (this.racing === controller) this.end();
    }
  }

  private end(): void {
    this.racing = null;
    this.button.textContent = 'Start the race';
  }
}
