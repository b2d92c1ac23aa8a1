import { keepSettings, setting } from '../page/address.js';
import { element } from '../page/element.js';
import { SHIPPED_MODELS, type ShippedModel } from './shipped-models.js';

/** The list of models that come with the page, kept in the page's address. */
export class ModelPicker {
  private readonly group = element('models', HTMLFieldSetElement);
  private readonly choices = element('model-choices', HTMLElement);
  private readonly about = element('model-about', HTMLElement);

  constructor(onChoice: () => void) {
    const requested = SHIPPED_MODELS.find(({ id }) => id === setting('model')) ?? SHIPPED_MODELS[0]!;
    this.group.hidden = SHIPPED_MODELS.length === 1;
    this.choices.replaceChildren(...SHIPPED_MODELS.map((model) => createChoice(model, model === requested)));
    this.choices.addEventListener('change', () => {
      keepSettings({ model: this.settle() === SHIPPED_MODELS[0] ? null : this.settle().id });
      onChoice();
    });
    this.about.textContent = requested.about;
  }

  /** The model that is chosen: the first one, if a network of the user's had its place. */
  settle(): ShippedModel {
    if (this.checked === null) this.choices.querySelector('input')!.checked = true;
    const model = SHIPPED_MODELS.find(({ id }) => id === this.checked!.value)!;
    this.about.textContent = model.about;
    return model;
  }

  /** A network of the user's has taken the place of the student. */
  clear(): void {
    if (this.checked !== null) this.checked.checked = false;
    this.about.textContent = 'A file of your own.';
  }

  private get checked(): HTMLInputElement | null {
    return this.choices.querySelector<HTMLInputElement>('input:checked');
  }
}

function createChoice({ id, title }: ShippedModel, isChecked: boolean): HTMLLabelElement {
  const label = document.createElement('label');
  const input = document.createElement('input');
  Object.assign(input, { type: 'radio', name: 'model', value: id, checked: isChecked });
  const name = document.createElement('span');
  name.textContent = title;
  label.append(input, name);
  return label;
}
