import type { ImageOfNoise, NetworkCard } from '../generation/calls.js';
import { element } from '../page/element.js';
import { describeCost } from '../page/format.js';
import { clear, paint, paintNoise, paintNumbers } from '../page/paint.js';

/** Where pictures are shown: the chosen one, and next to it what the generator made before it was refined, or the teacher makes. */
export class Stage {
  readonly picture = element('picture', HTMLCanvasElement);
  readonly companion = element('companion', HTMLCanvasElement);
  private readonly frame = element('picture-frame', HTMLElement);
  private readonly companionFrame = element('companion-frame', HTMLElement);
  private readonly start = element('start', HTMLElement);
  private readonly noise = element('noise', HTMLCanvasElement);
  private readonly names = ['picture-name', 'companion-name'].map((id) => element(id, HTMLElement));
  private readonly costs = ['cost', 'companion-cost'].map((id) => element(id, HTMLElement));
  private readonly caption = element('caption', HTMLElement);

  /** Lays out the frames for a model that is being loaded. */
  makeRoom(hasBefore: boolean, withTeacher: boolean): void {
    this.frame.hidden = this.start.hidden = false;
    this.companionFrame.hidden = !hasBefore && !withTeacher;
    // Before comes first.
    this.companionFrame.classList.toggle('first', hasBefore);
  }

  /** Lays out the frames for networks. */
  arrange(student: NetworkCard | null, hasBefore: boolean, withTeacher: boolean): void {
    this.makeRoom(hasBefore, withTeacher);
    this.frame.hidden = this.start.hidden = student === null;
    const kind = student?.ownLatents ? 'The generator' : 'The student';
    const names = hasBefore ? ['After', 'Before'] : [kind, 'The teacher'];
    for (const [i, name] of names.entries()) this.names[i]!.textContent = name;
    for (const cost of this.costs) cost.textContent = '';
    clear(this.companion);
  }

  /** The picture that counts: that of the teacher, where it draws alone. */
  get main(): HTMLCanvasElement {
    return this.frame.hidden ? this.companion : this.picture;
  }

  show(image: ImageOfNoise, kind: NetworkCard): void {
    paint(this.picture, image.pixels, kind);
    if (kind.ownLatents) paintNumbers(this.noise, image.latent);
    else paintNoise(this.noise, image.latent, kind);
    this.costs[0]!.textContent = describeCost(image);
    if (image.before === undefined) return;
    paint(this.companion, image.before.pixels, kind);
    this.costs[1]!.textContent = describeCost(image.before);
  }

  /**
   * Says what the pictures show.
   *
   * @param text all of it
   * @param shown what nothing else on the page says
   */
  describe(text: string, shown = text): void {
    this.caption.textContent = shown;
    this.picture.setAttribute('aria-label', `Generated picture: ${text}`);
    this.companion.setAttribute('aria-label', `${this.names[1]!.textContent}: ${text}`);
  }
}
