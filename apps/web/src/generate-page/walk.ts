import { element } from '../page/element.js';
import { PaceMeter } from './pace-meter.js';

/** Duration of the walk from one seed to the next, in ms. */
const LEG = 2500;
/** Where motion is unwelcome, stills of this share of a leg are shown, one every second. */
const STILL = { share: 0.1, milliseconds: 1000 };

/** What a walk does to the page. */
export interface WalkEvents {
  /** It has moved. */
  moved(): void;
  /** It has arrived at the other seed, and continues from there to the next one. */
  arrived(): void;
  /** It has stopped. */
  stopped(): void;
}

/** The walk on the great circle between two seeds: by hand, or by itself, from seed to seed. */
export class Walk {
  private readonly slider = element('mix', HTMLInputElement);
  private readonly button = element('play', HTMLButtonElement);
  private readonly pace = element('pace', HTMLElement);
  private readonly meter = new PaceMeter((pace) => {
    this.pace.textContent = `${pace.toFixed(pace < 9.95 ? 1 : 0)} pictures a second`;
  });
  private readonly calm = matchMedia('(prefers-reduced-motion: reduce)');
  private frame: number | null = null;
  private place = 0;
  private last = 0;

  constructor(private readonly events: WalkEvents) {
    this.slider.addEventListener('input', () => {
      this.stop();
      this.place = Number(this.slider.value);
      events.moved();
    });
    this.button.addEventListener('click', () => (this.isWalking ? this.stop() : this.start()));
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
    this.button.textContent = 'Play';
    this.events.stopped();
  }

  private start(): void {
    this.button.textContent = 'Pause';
    this.last = performance.now();
    this.meter.restart();
    this.frame = requestAnimationFrame(this.step);
  }

  private readonly step = (): void => {
    this.frame = requestAnimationFrame(this.step);
    const passed = performance.now() - this.last;
    if (this.calm.matches && passed < STILL.milliseconds) return;
    this.last += passed;
    // A page that was hidden resumes where it was.
    const share = this.calm.matches ? STILL.share : Math.min(passed / LEG, STILL.share);
    const mix = this.mix + share;
    if (mix >= 1) this.events.arrived();
    this.mix = mix >= 1 ? mix - 1 : mix;
    this.events.moved();
  };
}
