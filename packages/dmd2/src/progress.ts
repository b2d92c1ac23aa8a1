/** The statistic that shows the progress of the methods of this package. */
export const PROGRESS = {
  statistic: 'Score_gap',
  name: 'Score gap',
  about: 'How far the teacher and the fake score network are apart. At 0 the two distributions are one.',
};
