import { ModelCache } from '../models/model-cache.js';
import type { ModelEntry } from '../models/offline-table.js';
import { element } from '../page/element.js';
import { megabytes } from '../page/format.js';

/** The list of the models that are kept on this device, with their sizes. Each can be removed. */
export class KeptModels {
  private readonly title = element('models-title', HTMLElement);
  private readonly note = element('models-note', HTMLElement);
  private readonly list = element('kept-models', HTMLUListElement);
  private readonly problem = element('models-problem', HTMLElement);
  private readonly cache = ModelCache.open(document.baseURI);

  /** Removes what a former version of the pages kept, and shows the list. */
  async start(): Promise<void> {
    await (await this.cache)?.removeOthers();
    await this.update();
  }

  /** Says why a model could not be kept. It stays until one is removed. */
  say(problem: string): void {
    this.problem.textContent = problem;
  }

  async update(): Promise<void> {
    const cache = await this.cache;
    if (cache === null) {
      this.describe('None are kept: this address does not begin with https, or is a development server.');
      return;
    }
    const models = await cache.list();
    const size = megabytes(models.reduce((sum, { bytes }) => sum + bytes, 0));
    this.describe(
      models.length === 0
        ? 'None. A model is kept when it is first used.'
        : `${size} in all. Each is kept when it is first used, and is not fetched again.`,
    );
    const focused = this.list.querySelector(':focus')?.ariaLabel;
    this.list.replaceChildren(...models.map((model) => this.row(model, cache)));
    // A list that grew keeps the focus where it was.
    for (const button of this.list.querySelectorAll('button')) if (button.ariaLabel === focused) button.focus();
  }

  /** What has not changed is not announced again. */
  private describe(text: string): void {
    if (this.note.textContent !== text) this.note.textContent = text;
  }

  private row(model: ModelEntry, cache: ModelCache): HTMLLIElement {
    const { name, bytes } = model;
    const row = document.createElement('li');
    const what = document.createElement('span');
    what.textContent = name;
    const size = document.createElement('span');
    size.className = 'figures';
    size.textContent = megabytes(bytes);
    const remove = document.createElement('button');
    remove.type = 'button';
    remove.className = 'link';
    remove.textContent = 'Remove';
    remove.setAttribute('aria-label', `Remove ${name}`);
    remove.addEventListener('click', () => void this.remove(model, cache));
    row.append(what, size, remove);
    return row;
  }

  private async remove(model: ModelEntry, cache: ModelCache): Promise<void> {
    const place = (await cache.list()).findIndex(({ name }) => name === model.name);
    await cache.remove(model);
    this.problem.textContent = '';
    await this.update();
    this.note.textContent = `${model.name} was removed. ${this.note.textContent}`;
    // The button with the focus is gone: the next one has it, or the title.
    const buttons = this.list.querySelectorAll('button');
    (buttons[Math.min(place, buttons.length - 1)] ?? this.title).focus();
  }
}
