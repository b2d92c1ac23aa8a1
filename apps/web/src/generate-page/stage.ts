import type { ImageOfNoise, MadeImage, NetworkCard } from '../generation/calls.js';
import { element } from '../page/element.js';
import { duration, evaluations } from '../page/format.js';
import { paint, paintNoise, paintNumbers } from '../page/paint.js';

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

  show(image: ImageOfNoise, kind: NetworkCard): void {
    paint(this.picture, image.pixels, kind);
    if (kind.ownLatents) paintNumbers(this.noise, image.latent);
    else paintNoise(this.noise, image.latent, kind);
    this.costs[0]!.textContent = costOf(image);
    if (image.before === undefined) return;
    paint(this.companion, image.before.pixels, kind);
    this.costs[1]!.textContent = costOf(image.before);
  }

  /** Says what the pictures show. @param isQuiet whether it changes too often to be listened to */
  describe(text: string, isQuiet = false): void {
    this.caption.setAttribute('aria-live', isQuiet ? 'off' : 'polite');
    this.caption.textContent = text;
    this.picture.setAttribute('aria-label', `Generated picture: ${text}`);
    this.companion.setAttribute('aria-label', `${this.names[1]!.textContent}: ${text}`);
  }
}

function costOf({ evaluations: count, milliseconds }: MadeImage): string {
  return `${evaluations(count)}, ${duration(milliseconds)}`;
}

function clear(canvas: HTMLCanvasElement): void {
  canvas.getContext('2d')!.clearRect(0, 0, canvas.width, canvas.height);
}
