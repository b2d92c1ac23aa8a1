import type { NetworkCard } from '../generation/calls.js';

/** Whether a student and a teacher make the same kind of images of the same noise, with the same labels. */
export function arePair(student: NetworkCard, teacher: NetworkCard): boolean {
  return (
    !student.ownLatents &&
    student.size === teacher.size &&
    student.channels === teacher.channels &&
    student.labelDim === teacher.labelDim &&
    (student.classNames.length === 0) === (teacher.classNames.length === 0) &&
    haveSameWords(student, teacher)
  );
}

/** Whether two networks take captions of the same vocabulary, or none. */
function haveSameWords(a: NetworkCard, b: NetworkCard): boolean {
  return JSON.stringify(a.captions?.encoder) === JSON.stringify(b.captions?.encoder);
}
