import { beforeAll, describe, it } from 'vitest';
import { startTestBackend } from '../../../test-support/backend.js';
import { hasFixtures } from '../../../test-support/fixtures.js';
import { comparePublished, readPublishedNetworks } from './support/published-networks.js';

beforeAll(startTestBackend);

if (!hasFixtures) describe.skip('published parameters', () => it('needs the fixtures'));
else {
  it.each(Object.entries(readPublishedNetworks()))('the tensors of %s are the published ones', (_, published) => {
    comparePublished(published);
  });
}
