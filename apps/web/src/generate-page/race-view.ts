import type { ImageKind, MadeImage, RaceStep } from '../generation/calls.js';
import { announce } from '../page/announce.js';
import { calm } from '../page/calm.js';
import { CoarseProgress } from '../page/coarse-progress.js';
import { element } from '../page/element.js';
import { describeCost, duration, evaluations } from '../page/format.js';
import { clear, paint } from '../page/paint.js';

/** The two lanes of the race. */
export class RaceView {
  private readonly strip = element('teacher-strip', HTMLOListElement);
  private readonly lanes = {
    student: { canvas: element('student-image', HTMLCanvasElement), result: element('student-result', HTMLElement) },
    teacher: { canvas: element('teacher-image', HTMLCanvasElement), result: element('teacher-result', HTMLElement) },
  };
  private readonly verdict = element('race-verdict', HTMLElement);
  private readonly progress = element('teacher-progress', HTMLProgressElement);
  private spoken = createSpoken();
  /** The pictures of the steps that are not shown yet. */
  private frames: HTMLLIElement[] = [];

  clear(): void {
    this.strip.replaceChildren();
    this.frames = [];
    this.spoken = createSpoken();
    for (const { canvas, result } of Object.values(this.lanes)) {
      clear(canvas);
      result.textContent = '';
    }
    this.verdict.textContent = '';
    this.progress.value = 0;
  }

  studentDone(image: MadeImage, kind: ImageKind): void {
    const { canvas, result } = this.lanes.student;
    paint(canvas, image.pixels, kind);
    result.textContent = describeCost(image);
  }

  teacherStep(step: RaceStep, kind: ImageKind): void {
    const { done, steps, pixels } = step;
    const { canvas, result } = this.lanes.teacher;
    result.textContent = describeCost(step);
    this.progress.max = steps;
    this.progress.value = done;
    this.spoken.advance(done, steps);
    const frame = document.createElement('canvas');
    frame.setAttribute('role', 'img');
    frame.setAttribute('aria-label', `The teacher after step ${done}`);
    paint(frame, pixels, kind);
    const item = document.createElement('li');
    item.append(frame);
    this.frames.push(item);
    // Where motion is unwelcome, all steps are shown at the end.
    if (calm.matches && done < steps) return;
    paint(canvas, pixels, kind);
    this.strip.append(...this.frames.splice(0));
  }

  finish(student: MadeImage, teacher: MadeImage): void {
    const ratio = teacher.milliseconds / student.milliseconds;
    this.verdict.textContent =
      `The student needed ${evaluations(student.evaluations)} and ${duration(student.milliseconds)}; the teacher ` +
      `${evaluations(teacher.evaluations)} and ${duration(teacher.milliseconds)}: ${ratio.toFixed(0)} times as long.`;
  }
}

function createSpoken(): CoarseProgress {
  return new CoarseProgress((done, steps) => announce(`The teacher: step ${done} of ${steps}`));
}
