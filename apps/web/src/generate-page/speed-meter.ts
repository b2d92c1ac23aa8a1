import { isBusy, setBusy } from '../page/busy.js';
import { element } from '../page/element.js';
import type { GenerationSession } from './generation-session.js';
import type { Networks } from './networks.js';

/** Images in a batch. */
const BATCH = 16;
const SECONDS = 2;

/** Measures the student's images per second. */
export class SpeedMeter {
  private readonly button = element('measure', HTMLButtonElement);
  private readonly speed = element('speed', HTMLElement);

  constructor(
    private readonly session: GenerationSession,
    private readonly networks: Networks,
  ) {
    this.button.addEventListener('click', () => void this.measure());
  }

  updateButton(): void {
    this.button.disabled = this.networks.generator === null;
  }

  private async measure(): Promise<void> {
    if (isBusy(this.button)) return;
    setBusy(this.button, true);
    this.speed.textContent = 'Measuring…';
    try {
      const { images, seconds } = await this.session.call('measure', { batch: BATCH, seconds: SECONDS });
      this.speed.textContent = `${(images / seconds).toFixed(1)} images a second, in batches of ${BATCH}`;
    } catch (error) {
      this.networks.showError(error);
      this.speed.textContent = '';
    } finally {
      setBusy(this.button, false);
    }
  }
}
