import { estimateSampling, estimateSeconds, largestMicroBatch, measureSpeed, methodCost, METHODS } from 'onestep';
import { availableMemory } from 'onestep/node';
import { startEngine } from '../engine.js';
import { loadTeacher } from '../networks/load-network.js';
import { DEFAULT_BACKEND } from '../options/backend-option.js';
import { formatBytes, formatSpan } from '../terminal/format.js';
import type { Finding } from './finding.js';

/** The share of the memory that work may take by an estimate, which is not exact. */
const SHARE = 0.9;
/** The batch of the methods by default. */
const BATCH = 256;

/**
 * What can be done with a diffusion model on this machine with ONNX Runtime: images at once in a distillation with SiD, and its time.
 *
 * @throws UserError or CheckpointError if the network cannot be opened
 */
export async function examineNetwork(source: string, label: string): Promise<Finding> {
  await startEngine(DEFAULT_BACKEND);
  const teacher = await loadTeacher(source);
  const { cost: network } = teacher;
  teacher.module.dispose();
  const name = 'batch';
  if (network === undefined) return { name, state: 'note', found: `${label} does not say what it takes.` };
  const memory = SHARE * availableMemory().available;
  const work = { network, ...methodCost(METHODS.find((method) => method.name === 'sid')!), batch: BATCH };
  const fitting = largestMicroBatch(work, memory, BATCH);
  const seconds = estimateSeconds({ network, passes: work.passes, images: 1000, speed: await measureSpeed() });
  const each = formatBytes(estimateSampling({ network, batch: 1 }).total);
  const time = `about ${formatSpan(seconds)} for 1 kimg`;
  if (fitting === null) {
    const advice = 'Take a smaller network, or a machine with more memory. Sampling takes less: generate, metrics.';
    return {
      name,
      state: 'note',
      found: `Not one image of ${label} fits in a distillation; sampling one takes ${each}.`,
      advice,
    };
  }
  const which = fitting >= BATCH ? `${BATCH} images at once or more` : `${fitting} images at once (--batch-gpu)`;
  return {
    name,
    state: 'ok',
    found: `distilling ${label} with SiD: ${which}, ${time}; sampling one image takes ${each}`,
  };
}
