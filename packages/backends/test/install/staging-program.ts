/** Program of the tests: prepares an engine in the folder that its argument names, says so, and never ends. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { prepareInPlace } from '../../src/install/staging.js';

await prepareInPlace(process.argv[2]!, 'tensorflow', async (folder) => {
  writeFileSync(join(folder, 'file'), 'half');
  console.log('prepared by half');
  setInterval(() => undefined, 1000);
  await new Promise(() => undefined);
});
