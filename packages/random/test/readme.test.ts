import { expect, it } from 'vitest';
import { readmeExamples, runExample } from '../../../test-support/readme.js';

it('the example of the README runs, and its stream resumes', async () => {
  const [example] = await readmeExamples('packages/random');
  expect(await runExample(`${example!}\nconsole.log(state);`)).toBe(
    'true\n{"seed":42,"stream":"noise","position":2}\n',
  );
});
