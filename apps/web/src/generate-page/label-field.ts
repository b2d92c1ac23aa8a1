import type { NetworkCard } from '../generation/calls.js';
import { element } from '../page/element.js';

/** Most numbers of a label in a text. */
const SHOWN = 8;

/** The field for the label of a network that takes label vectors. Empty, the seed draws one that occurred in training. */
export class LabelField {
  private readonly field = element('label-field', HTMLElement);
  private readonly input = element('label', HTMLInputElement);
  private readonly note = element('label-note', HTMLElement);
  private length = 0;

  constructor(onChange: () => void) {
    this.input.addEventListener('input', onChange);
  }

  /** Offers the field for a network that takes vectors, and hides it for others. */
  offer({ labelDim, classNames, captions, textEncoder, exampleLabel }: NetworkCard, text: string | null): void {
    this.length = classNames.length === 0 && captions === undefined ? labelDim : 0;
    this.field.hidden = this.length === 0;
    if (this.length === 0) return;
    if (text !== null) this.input.value = text;
    if (parseNumbers(this.input.value)?.length !== this.length) this.input.value = '';
    this.input.placeholder = 'drawn by the seed';
    const such = exampleLabel === undefined ? '' : `, such as ${formatLabel(exampleLabel)}`;
    const maker = textEncoder === undefined ? '' : ` of the text encoder ${textEncoder}, which this page does not have`;
    this.note.textContent = `This network takes label vectors${maker}: ${this.length} numbers${such}.`;
  }

  /** The label that is typed; undefined where there is none, null while it is not valid. */
  get label(): readonly number[] | undefined | null {
    if (this.length === 0) return undefined;
    const isEmpty = this.input.value.trim() === '';
    const numbers = isEmpty ? undefined : parseNumbers(this.input.value);
    const isValid = isEmpty || numbers?.length === this.length;
    this.input.setCustomValidity(isValid ? '' : `A label has ${this.length} numbers, with commas between them.`);
    this.input.setAttribute('aria-invalid', String(!isValid));
    return isValid ? numbers : null;
  }

  /** The label in words; undefined for a network that takes none. */
  get description(): string | undefined {
    if (this.length === 0) return undefined;
    const { label } = this;
    return label === undefined || label === null ? 'Label drawn by the seed' : `Label ${formatLabel(label)}`;
  }
}

/** @returns undefined for what is not a list of numbers */
function parseNumbers(text: string): number[] | undefined {
  const parts = text.trim().split(/[\s,;]+/);
  const numbers = parts.map(Number);
  return parts.every((part) => part !== '') && numbers.every(Number.isFinite) ? numbers : undefined;
}

function formatLabel(label: readonly number[]): string {
  return label.slice(0, SHOWN).join(', ') + (label.length > SHOWN ? ', …' : '');
}
