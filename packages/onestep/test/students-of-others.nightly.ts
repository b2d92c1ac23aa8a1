import { beforeAll, it } from 'vitest';
import { startTestBackend } from '../../../test-support/backend.js';
import { FIXTURES, hasFixtures } from '../../../test-support/fixtures.js';
import { expectStudent } from './support/students.js';

beforeAll(startTestBackend);

it.skipIf(!hasFixtures).each([
  ['diffusers-ddpm', 'sid'],
  ['diffusers-ddpm', 'boot'],
  ['guided-diffusion-imagenet-like.pt', 'sid'],
  ['network-snapshot-0000800-0.100.pkl', 'sid'],
  ['network-snapshot-0000800-0.100.pkl', 'boot'],
  ['network-snapshot-0000800-0.100.pkl', 'diff-instruct'],
])('%s is distilled by %s, and its student loaded again', async (name, method) => {
  await expectStudent(`${FIXTURES}checkpoints/${name}`, method);
});
