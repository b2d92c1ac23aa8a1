import type { ImageRequest, NetworkCard, RaceStep } from '../generation/calls.js';
import { announce } from '../page/announce.js';
import { calm } from '../page/calm.js';
import { CoarseProgress } from '../page/coarse-progress.js';
import { element } from '../page/element.js';
import { describeCost } from '../page/format.js';
import { paint } from '../page/paint.js';
import { StoppedError } from '../rpc/worker-client.js';
import type { GenerationSession } from './generation-session.js';

/** The words rest for this time before the teacher begins, in ms: its steps would delay the student's next picture. */
const REST = 400;

/** The teacher's picture of the same words and noise, next to the student's. */
export class TeacherBeside {
  private readonly canvas = element('companion', HTMLCanvasElement);
  private readonly cost = element('companion-cost', HTMLElement);
  private readonly progress = element('companion-progress', HTMLProgressElement);
  private running: AbortController | null = null;
  private timer: number | undefined;

  /** @param onError what went wrong */
  constructor(
    private readonly session: GenerationSession,
    private readonly onError: (error: unknown) => void,
  ) {}

  /** Stops the teacher. Its picture stays, marked as one of other words. */
  stop(): void {
    clearTimeout(this.timer);
    this.running?.abort();
    this.running = null;
    this.progress.value = 0;
    this.canvas.classList.add('stale');
  }

  /** Says why there is no teacher. */
  say(reason: string): void {
    this.cost.textContent = reason;
  }

  /**
   * Starts the teacher after a moment.
   *
   * @param studentTime of the same picture, in ms; null without a student
   */
  startSoon(request: ImageRequest, kind: NetworkCard, studentTime: number | null): void {
    this.stop();
    this.timer = window.setTimeout(() => void this.run(request, kind, studentTime), REST);
  }

  private async run(request: ImageRequest, kind: NetworkCard, studentTime: number | null): Promise<void> {
    const controller = new AbortController();
    this.running = controller;
    const progress = new CoarseProgress((done, steps) => announce(`The teacher: step ${done} of ${steps}`));
    try {
      const image = await this.session.call('sample', request, {
        signal: controller.signal,
        onEvent: (step) => {
          if (controller.signal.aborted) return;
          this.show(step, kind);
          progress.advance(step.done, step.steps);
        },
      });
      if (controller.signal.aborted) return;
      announce(`The teacher's picture drawn. ${describeCost(image)}.`);
      const ratio = studentTime === null ? '' : `, ${(image.milliseconds / studentTime).toFixed(0)} times as long`;
      this.cost.textContent = `${describeCost(image)}${ratio}`;
      // For scripts: the values behind the picture.
      const detail = { ...request, pixels: image.pixels };
      this.canvas.dispatchEvent(new CustomEvent('sampled', { detail, bubbles: true }));
    } catch (error) {
      if (!(error instanceof StoppedError)) this.onError(error);
    } finally {
      if (this.running === controller) this.running = null;
    }
  }

  private show(step: RaceStep, kind: NetworkCard): void {
    // Where motion is unwelcome, the last step alone.
    if (!calm.matches || step.done === step.steps) {
      this.canvas.classList.remove('stale');
      paint(this.canvas, step.pixels, kind);
    }
    this.progress.max = step.steps;
    this.progress.value = step.done;
    this.cost.textContent = describeCost(step);
  }
}
