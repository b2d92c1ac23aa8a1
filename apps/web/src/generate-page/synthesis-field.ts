import type { NetworkCard, Synthesis } from '../generation/calls.js';
import { setting } from '../page/address.js';
import { element } from '../page/element.js';

/** How a GAN makes its images: truncation, and noise of its layers. */
export class SynthesisField {
  private readonly field = element('synthesis', HTMLElement);
  private readonly psi = element('psi', HTMLInputElement);
  private readonly psiValue = element('psi-value', HTMLOutputElement);
  private readonly noise = element('random-noise', HTMLInputElement);
  private isSet = false;

  constructor(onChange: () => void) {
    for (const input of [this.psi, this.noise]) {
      input.addEventListener('input', () => {
        this.show();
        onChange();
      });
    }
  }

  makeRoom(isExpected: boolean): void {
    this.field.hidden = !isExpected;
  }

  /** Offers the field for a GAN with a mapping network, and hides it for others. */
  offer({ synthesis }: NetworkCard): void {
    this.field.hidden = synthesis === undefined;
    const isNew = !this.isSet;
    this.isSet = synthesis !== undefined;
    if (synthesis === undefined || !isNew) return;
    this.psi.value = setting('psi') ?? String(synthesis.psi);
    // On a walk, the noise that a file asks for at random would hide what the latent does.
    this.noise.checked = setting('noise') === 'random';
    this.show();
  }

  /** Undefined for what is not a GAN. */
  get chosen(): Synthesis | undefined {
    if (!this.isSet) return undefined;
    return { psi: Number(this.psi.value), noise: this.noise.checked ? 'random' : 'const' };
  }

  private show(): void {
    this.psiValue.textContent = Number(this.psi.value).toFixed(2);
  }
}
