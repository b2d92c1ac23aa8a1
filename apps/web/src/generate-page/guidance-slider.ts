import type { NetworkCard } from '../generation/calls.js';
import { setting } from '../page/address.js';
import { element } from '../page/element.js';

/** Scales of a teacher, whose student takes none. */
const TEACHER_RANGE = [1, 8] as const;
/** First scale of a teacher that takes captions. */
const USUAL = 2;

/** The scale of guidance: of a student that takes it as an input, and of a teacher that can be guided. */
export class GuidanceSlider {
  private readonly field = element('guidance-field', HTMLElement);
  private readonly input = element('guidance', HTMLInputElement);
  private readonly value = element('guidance-value', HTMLOutputElement);
  private readonly note = element('guidance-note', HTMLElement);
  /** The scale in the page's address at first, which the address loses while nothing can be guided. */
  private readonly requested = setting('guidance');
  private isSet = false;

  constructor(onChange: () => void) {
    this.input.addEventListener('input', () => {
      this.show();
      onChange();
    });
  }

  makeRoom(isExpected: boolean): void {
    this.field.hidden = !isExpected;
    this.input.disabled = true;
  }

  /** @param teacher of this student; null if there is none */
  offer(student: NetworkCard | null, teacher: NetworkCard | null): void {
    const range = student?.guidanceRange;
    const guided = [range !== undefined && 'student', teacher?.canBeGuided === true && 'teacher'].filter(Boolean);
    const isNew = !this.isSet;
    this.isSet = guided.length > 0;
    this.field.hidden = !this.isSet;
    this.input.disabled = !this.isSet;
    if (!this.isSet) return;
    const [low, high] = range ?? TEACHER_RANGE;
    const { value } = this.input;
    Object.assign(this.input, { min: String(low), max: String(high), step: '0.1' });
    const usual =
      range !== undefined ? (low + high) / 2 : (student?.trainedGuidance ?? (teacher?.captions ? USUAL : 1));
    this.input.value = isNew ? (this.requested ?? String(usual)) : value;
    const what = (student ?? teacher)?.captions === undefined ? 'label' : 'words';
    const alone = student !== null && range === undefined ? ' This student takes none.' : '';
    this.note.textContent = `Of the ${guided.join(' and the ')}: more follows the ${what} more closely, with less variety.${alone}`;
    this.show();
  }

  /** Undefined where nothing can be guided. */
  get chosen(): number | undefined {
    return this.isSet ? Number(this.input.value) : undefined;
  }

  private show(): void {
    this.value.textContent = Number(this.input.value).toFixed(1);
  }
}
