import { calm } from '../page/calm.js';
import { element } from '../page/element.js';
import { PaceMeter } from './pace-meter.js';

/** Duration of the walk from one seed to the next, in ms. */
const LEG = 2500;
/** Most of the way in one picture: a page that was hidden resumes where it was. Where motion is unwelcome, the way at each click. */
const STRIDE = 0.1;

/** What a walk does to the page. */
export interface WalkEvents {
  /** It has moved. */
  moved(): void;
  /** It has arrived at the other seed, and continues from there to the next one. */
  arrived(): void;
  /** It has stopped. */
  stopped(): void;
}

/**
 * The walk on the great circle between two seeds: by hand, or by itself, from seed to seed. Where motion is unwelcome, it goes on at
 * each click.
 */
export class Walk {
  private readonly slider = element('mix', HTMLInputElement);
  private readonly button = element('play', HTMLButtonElement);
  private readonly pace = element('pace', HTMLElement);
  private readonly meter = new PaceMeter((pace) => {
    this.pace.textContent = `${pace.toFixed(pace < 9.95 ? 1 : 0)} pictures a second`;
  });
  private frame: number | null = null;
  private place = 0;
  private last = 0;

  constructor(private readonly events: WalkEvents) {
    this.slider.addEventListener('input', () => {
      this.stop();
      this.place = Number(this.slider.value);
      events.moved();
    });
    this.button.addEventListener('click', () => {
      if (calm.matches) this.advance(STRIDE);
      else if (this.isWalking) this.stop();
      else this.start();
    });
    this.nameButton();
    calm.addEventListener('change', () => {
      this.stop();
      this.nameButton();
    });
  }

  /** From 0, the seed, to 1, the other one. */
  get mix(): number {
    return this.place;
  }

  set mix(mix: number) {
    this.place = mix;
    // The slider has a hundred places; a walk passes between them.
    this.slider.value = String(mix);
  }

  get isWalking(): boolean {
    return this.frame !== null;
  }

  set isEnabled(isEnabled: boolean) {
    this.slider.disabled = this.button.disabled = !isEnabled;
    if (!isEnabled) this.stop();
  }

  /** Says where the walk is. */
  describe(place: string): void {
    this.slider.setAttribute('aria-valuetext', place);
  }

  /** Counts a picture that has been drawn. */
  count(): void {
    if (this.isWalking) this.meter.count();
  }

  stop(): void {
    if (this.frame === null) return;
    cancelAnimationFrame(this.frame);
    this.frame = null;
    this.nameButton();
    this.events.stopped();
  }

  private start(): void {
    this.last = performance.now();
    this.meter.restart();
    this.frame = requestAnimationFrame(this.step);
    this.nameButton();
  }

  private nameButton(): void {
    this.button.textContent = calm.matches ? 'One step on' : this.isWalking ? 'Pause' : 'Play';
  }

  private readonly step = (): void => {
    this.frame = requestAnimationFrame(this.step);
    const passed = performance.now() - this.last;
    this.last += passed;
    this.advance(Math.min(passed / LEG, STRIDE));
  };

  /** @param share of the way between the seeds */
  private advance(share: number): void {
    const mix = this.mix + share;
    if (mix >= 1) this.events.arrived();
    this.mix = mix >= 1 ? mix - 1 : mix;
    this.events.moved();
  }
}
