import { WordEncoder } from '@onestep/diffusion-core';
import type { NetworkCard } from '../generation/calls.js';
import { element } from '../page/element.js';
import { moveInToolbar } from '../page/toolbar-keys.js';
import { completeWith, WordSuggestions } from './word-suggestions.js';

/** Suggested words. */
const SUGGESTIONS = 10;

/** The text box of a network that takes captions. Words that it never saw are marked, and words that it knows are suggested. */
export class CaptionField {
  private readonly field = element('words', HTMLElement);
  private readonly input = element('prompt', HTMLTextAreaElement);
  private readonly marks = element('prompt-marks', HTMLElement);
  private readonly note = element('prompt-note', HTMLElement);
  private readonly another = element('another-caption', HTMLButtonElement);
  private readonly chips: readonly HTMLButtonElement[];
  private readonly settleFocus: () => void;
  private encoder: WordEncoder | null = null;
  private suggestions = new WordSuggestions([], []);
  private examples: readonly string[] = [];

  constructor(private readonly onChange: () => void) {
    this.chips = Array.from({ length: SUGGESTIONS }, () => this.createChip());
    const suggestions = element('suggestions', HTMLElement);
    suggestions.replaceChildren(...this.chips);
    this.settleFocus = moveInToolbar(suggestions, this.input);
    this.input.addEventListener('input', () => this.changed());
    this.input.addEventListener('scroll', () => (this.marks.scrollTop = this.input.scrollTop));
    // A caption is one line, however it is wrapped.
    this.input.addEventListener('keydown', (event) => event.key === 'Enter' && event.preventDefault());
    this.another.addEventListener('click', () => {
      const at = Math.floor(Math.random() * this.examples.length);
      this.write(this.examples[at]!);
    });
  }

  makeRoom(isExpected: boolean): void {
    this.field.hidden = !isExpected;
  }

  /** Offers the field for a network that takes captions, and hides it for others. */
  offer({ captions }: NetworkCard, text: string | null): void {
    this.field.hidden = captions === undefined;
    this.encoder = captions === undefined ? null : new WordEncoder(captions.encoder);
    if (captions === undefined) return;
    this.examples = captions.examples;
    this.another.hidden = this.examples.length === 0;
    this.suggestions = new WordSuggestions(captions.encoder.words, this.examples);
    if (this.input.value === '') this.input.value = text ?? this.examples[0] ?? '';
    this.show();
  }

  /** What is typed; undefined for a network without captions. */
  get caption(): string | undefined {
    return this.encoder === null ? undefined : this.input.value.trim();
  }

  /** What is typed, in quotation marks; undefined for a network without captions. */
  get description(): string | undefined {
    return this.caption === undefined ? undefined : this.caption === '' ? 'No words' : `“${this.caption}”`;
  }

  /** The label vector of what is typed; undefined for a network without captions. */
  get label(): readonly number[] | undefined {
    return this.encoder === null ? undefined : Array.from(this.encoder.encode(this.input.value));
  }

  private write(text: string): void {
    this.input.value = text;
    this.changed();
  }

  private changed(): void {
    if (/[\r\n]/.test(this.input.value)) this.input.value = this.input.value.replace(/\s*[\r\n]+\s*/g, ' ');
    this.show();
    this.onChange();
  }

  /** Shows which words are unknown, and how the caption may continue. */
  private show(): void {
    const { value } = this.input;
    const unknown = this.markUnknown(value);
    const { words, buckets } = this.encoder!.settings;
    const effect = buckets > 0 ? 'It goes by the letters.' : 'It is left out.';
    this.note.textContent =
      unknown.length === 0
        ? `It knows ${words.length} words.`
        : unknown.length === 1
          ? `“${unknown[0]}” is not one of its ${words.length} words. ${effect}`
          : `${unknown.map((word) => `“${word}”`).join(', ')} are not among its ${words.length} words.`;
    const suggested = this.suggestions.suggest(value, SUGGESTIONS);
    for (const [i, chip] of this.chips.entries()) {
      chip.textContent = suggested[i] ?? '';
      chip.hidden = suggested[i] === undefined;
    }
    this.settleFocus();
  }

  /**
   * Underlines unknown words, unless one is still being typed.
   *
   * @returns them
   */
  private markUnknown(text: string): string[] {
    const pieces = text.split(/([\p{L}\p{M}\p{N}'’-]+)/u);
    const unknown: string[] = [];
    // With a separator at both ends: every second piece is a word.
    const nodes = pieces.map((piece, i) => {
      const isLast = i === pieces.length - 2 && pieces.at(-1) === '';
      const isKnown = i % 2 === 0 || (isLast && this.suggestions.isBegun(text));
      if (isKnown || this.encoder!.unknownWords(piece).length === 0) return document.createTextNode(piece);
      unknown.push(piece);
      const mark = document.createElement('mark');
      mark.textContent = piece;
      return mark;
    });
    this.marks.replaceChildren(...nodes);
    return [...new Set(unknown)];
  }

  private createChip(): HTMLButtonElement {
    const chip = document.createElement('button');
    chip.type = 'button';
    chip.hidden = true;
    // The text box keeps the focus, and a phone its keyboard as it is.
    chip.addEventListener('pointerdown', (event) => event.preventDefault());
    chip.addEventListener('click', () => this.write(completeWith(this.input.value, chip.textContent)));
    return chip;
  }
}
