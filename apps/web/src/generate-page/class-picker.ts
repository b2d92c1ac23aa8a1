import { element } from '../page/element.js';
import { moveInGrid } from '../page/grid-keys.js';
import { paint, type Raster } from '../page/paint.js';

/** Most classes with a picture each. */
const MAX_PICTURES = 32;

/**
 * A group of radio buttons, one per class, each with the picture of the current seed in its class; a list, if there are
 * many.
 */
export class ClassPicker {
  private readonly group = element('classes', HTMLFieldSetElement);
  private readonly choices = element('class-choices', HTMLElement);
  private readonly list = element('class-list', HTMLSelectElement);
  private names: readonly string[] = [];

  constructor(private readonly onChoice: () => void) {
    this.list.addEventListener('change', onChoice);
    moveInGrid(this.choices);
  }

  makeRoom(areExpected: boolean): void {
    this.group.hidden = !areExpected;
  }

  /** Offers the classes of another network; the chosen one stays chosen if there is one of its number. */
  offer(names: readonly string[], chosen: number): void {
    this.names = names;
    this.group.hidden = names.length === 0;
    this.list.hidden = !this.isLong;
    const isChosen = (index: number) => index === Math.min(chosen, names.length - 1);
    const choices = this.isLong ? [] : names.map((name, index) => this.choice(name, index, isChosen(index)));
    const entries = this.isLong ? names.map((name, index) => entry(name, index, isChosen(index))) : [];
    this.choices.replaceChildren(...choices);
    this.list.replaceChildren(...entries);
  }

  /** Whether the pictures of all classes can be shown. */
  get hasPictures(): boolean {
    return this.names.length > 0 && !this.isLong;
  }

  /** Undefined for a network without classes. */
  get chosen(): number | undefined {
    const checked = this.isLong ? this.list : this.choices.querySelector<HTMLInputElement>('input:checked');
    return checked === null ? undefined : Number(checked.value);
  }

  /** Undefined for a network without classes. */
  get chosenName(): string | undefined {
    return this.chosen === undefined ? undefined : this.names[this.chosen];
  }

  /** Shows a picture in each class. @param images [classes, H, W, C] */
  show(images: Float32Array, raster: Raster): void {
    const pixels = images.length / this.names.length;
    this.choices
      .querySelectorAll('canvas')
      .forEach((canvas, c) => paint(canvas, images.slice(c * pixels, (c + 1) * pixels), raster));
  }

  private get isLong(): boolean {
    return this.names.length > MAX_PICTURES;
  }

  private choice(name: string, value: number, isChecked: boolean): HTMLLabelElement {
    const label = document.createElement('label');
    const input = document.createElement('input');
    Object.assign(input, { type: 'radio', name: 'class', value: String(value), checked: isChecked });
    input.addEventListener('change', this.onChoice);
    const canvas = document.createElement('canvas');
    canvas.width = canvas.height = 32;
    canvas.setAttribute('aria-hidden', 'true');
    const text = document.createElement('span');
    text.textContent = name;
    label.append(input, canvas, text);
    return label;
  }
}

/** An entry of the list. */
function entry(name: string, value: number, isChosen: boolean): HTMLOptionElement {
  return new Option(name, String(value), false, isChosen);
}
