import { ENGINE_NAMES, isEngineName, type EngineName } from '../engine/engine-name.js';
import { keepSettings, setting } from './address.js';
import { element } from './element.js';

/** The choice of an engine, kept in the page's address. */
export class EnginePicker {
  private readonly select = element('engine', HTMLSelectElement);
  private readonly description = element('engine-description', HTMLElement);

  /** @param onChoice starts the engine. @returns what was found, in one line */
  constructor(private readonly onChoice: (name: EngineName) => Promise<string>) {
    const asked = setting('engine');
    this.select.replaceChildren(...ENGINE_NAMES.map((name) => new Option(name, name)));
    this.select.value = isEngineName(asked) ? asked : 'auto';
    this.select.addEventListener('change', () => {
      keepSettings({ engine: this.select.value === 'auto' ? null : this.select.value });
      void this.start();
    });
  }

  /** Starts the chosen engine, and says what was found or what is missing. */
  async start(): Promise<void> {
    const name = this.select.value as EngineName;
    this.description.textContent = `Starting ${name}…`;
    this.description.classList.remove('error');
    try {
      this.description.textContent = await this.onChoice(name);
    } catch (error) {
      this.description.textContent = (error as Error).message;
      this.description.classList.add('error');
    }
  }
}
