import { expect, it } from 'vitest';
import { CoarseProgress } from '../src/page/coarse-progress.js';

/** Advances to each hundredth of a work of so many ms. @returns what is said of it */
function follow(milliseconds: number): number[] {
  const said: number[] = [];
  let now = 0;
  const progress = new CoarseProgress(
    (done) => said.push(done),
    () => now,
  );
  for (let done = 0; done <= 100; done++) {
    now = (milliseconds * done) / 100;
    progress.advance(done, 100);
  }
  return said;
}

it('says each quarter of long work once, and leaves the end to the result', () => {
  expect(follow(60_000)).toEqual([25, 50, 75]);
});

it('says nothing of work that is soon done, and leaves out what would come too soon', () => {
  expect(follow(2900)).toEqual([]);
  expect(follow(8000)).toEqual([38, 76]);
});
