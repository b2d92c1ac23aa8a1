/** The peak of the resident memory of Inception features: inception.ts BATCH, with that many images at once. */
import { startBackend } from '@onestep/backends';
import { InceptionExtractor, InceptionNetwork } from '@onestep/metrics';
import { inceptionFormulaWeights } from '../../parity/checks/inception.js';
await startBackend('ort');
const batchSize = Number(process.argv[2]);
const extractor = new InceptionExtractor(new InceptionNetwork(inceptionFormulaWeights()), {
  imgResolution: 32,
  imgChannels: 3,
  batchSize,
});
const n = batchSize * 2;
await extractor.extract(
  new Uint8Array(n * 32 * 32 * 3).map((_, k) => k % 251),
  n,
);
console.log(`${batchSize} images at once: ${Math.round((process.resourceUsage().maxRSS * 1024) / 1e6)} MB`);
process.exit(0);
