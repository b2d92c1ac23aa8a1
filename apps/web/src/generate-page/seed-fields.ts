import { setting } from '../page/address.js';
import { element } from '../page/element.js';
import { parseSeed } from './picture-address.js';

/** Seed of the first picture, where the address names none. */
const DEFAULT_SEED = 7;
/** Seeds that are drawn lie below. */
const MOST = 10_000;

/** What happens to the seeds. */
export interface SeedEvents {
  /** One of them has been typed. */
  typed(): void;
  /** The picture has another seed, drawn at random. */
  drawn(): void;
}

/** The seed of the picture, and the seed that the walk leads to. */
export class SeedFields {
  private readonly seed = element('seed', HTMLInputElement);
  private readonly other = element('other-seed', HTMLInputElement);
  private readonly another = element('another', HTMLButtonElement);

  constructor(events: SeedEvents) {
    this.seed.value = String(parseSeed(setting('seed')) ?? DEFAULT_SEED);
    this.other.value = String(Number(this.seed.value) + 1);
    for (const input of [this.seed, this.other]) input.addEventListener('input', () => events.typed());
    this.another.addEventListener('click', () => {
      this.seed.value = String(Math.floor(Math.random() * MOST));
      events.drawn();
    });
  }

  /** Both seeds; null while one is being typed. */
  get chosen(): { seed: number; other: number } | null {
    const [seed, other] = [this.seed, this.other].map((input) => {
      const value = parseSeed(input.value);
      input.setCustomValidity(value === null ? 'A seed is an integer from 0.' : '');
      return value;
    }) as [number | null, number | null];
    return seed === null || other === null ? null : { seed, other };
  }

  set isEnabled(isEnabled: boolean) {
    this.another.disabled = !isEnabled;
  }

  /** Begins the next walk at the seed where the last one has arrived. */
  advance(): void {
    this.seed.value = this.other.value;
    this.other.value = String(Number(this.other.value) + 1);
  }
}
