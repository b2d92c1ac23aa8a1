import type { NetworkCard } from '../generation/calls.js';
import { element } from '../page/element.js';

/** In how many steps the student makes a picture; offered for a student that can refine its pictures. */
export class StepPicker {
  private readonly field = element('steps-field', HTMLElement);
  private readonly list = element('steps', HTMLSelectElement);
  private readonly note = element('steps-note', HTMLElement);
  private readonly texts = ['arrow-text', 'student-steps'].map((id) => element(id, HTMLElement));

  constructor(onChoice: () => void) {
    this.list.addEventListener('change', onChoice);
  }

  private isTrainedForOneStep = false;

  /** Offers the choice for a student that has one, and takes one step with others. @param text what was chosen before */
  offer({ severalSteps, isTrainedForOneStep }: NetworkCard, text: string | null): void {
    this.field.hidden = !severalSteps;
    this.isTrainedForOneStep = isTrainedForOneStep;
    if (text !== null && [...this.list.options].some(({ value }) => value === text)) this.list.value = text;
  }

  /** Number of steps. */
  get chosen(): number {
    return this.field.hidden ? 1 : Number(this.list.value);
  }

  /** Says the number of steps between the noise and the picture, and in the race; and what more steps do to the picture. */
  show(): void {
    this.note.hidden = this.chosen === 1 || !this.isTrainedForOneStep;
    for (const text of this.texts) text.textContent = this.chosen === 1 ? 'one step' : `${this.chosen} steps`;
  }
}
