import type { ToyMethodName } from '../toy/calls.js';

/** What the page says of each method, and of the quantity that it plots. */
export const METHOD_TEXTS: Record<
  ToyMethodName,
  { name: string; about: string; measure: string; measureNote: string }
> = {
  'diff-instruct': {
    name: 'Diff-Instruct',
    about:
      'A second network learns the score of the student’s own points. Where it and the teacher disagree, the student moves: down the integral KL divergence.',
    measure: 'Score gap',
    measureNote:
      'How far the teacher and the score network of the student’s points are apart. At 0 the two distributions are one.',
  },
  sid: {
    name: 'SiD',
    about:
      'The same two score networks, but the student goes down the Fisher divergence, through score identities that need no data.',
    measure: 'Score gap',
    measureNote:
      'How far the teacher and the score network of the student’s points are apart. At 0 the two distributions are one.',
  },
  boot: {
    name: 'BOOT',
    about:
      'No second network: the student learns the teacher’s whole path from noise to point, each place from the place before it and one step of the teacher.',
    measure: 'Bootstrap loss',
    measureNote:
      'BOOT has no score gap. This is how far the student is from what it says itself a small step earlier, followed by the teacher.',
  },
};
