import { element } from '../page/element.js';
import { paint, type Raster } from '../page/paint.js';

/** A group of radio buttons, one per class, each with the picture of the current seed in its class. */
export class ClassPicker {
  private readonly group = element('classes', HTMLFieldSetElement);
  private readonly choices = element('class-choices', HTMLElement);
  private names: readonly string[] = [];

  constructor(private readonly onChoice: () => void) {}

  /** Offers the classes of another network; the chosen one stays chosen if there is one of its number. */
  offer(names: readonly string[], chosen: number): void {
    this.names = names;
    this.group.hidden = names.length === 0;
    const isChosen = (index: number) => index === Math.min(chosen, names.length - 1);
    this.choices.replaceChildren(...names.map((name, index) => this.choice(name, index, isChosen(index))));
  }

  /** Undefined for a network without classes. */
  get chosen(): number | undefined {
    const checked = this.choices.querySelector<HTMLInputElement>('input:checked');
    return checked === null ? undefined : Number(checked.value);
  }

  get chosenName(): string {
    return this.chosen === undefined ? 'Picture' : this.names[this.chosen]!;
  }

  /** Shows a picture in each class. @param images [classes, H, W, C] */
  show(images: Float32Array, raster: Raster): void {
    const pixels = images.length / this.names.length;
    this.choices
      .querySelectorAll('canvas')
      .forEach((canvas, c) => paint(canvas, images.slice(c * pixels, (c + 1) * pixels), raster));
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
