/**
 * Measures the peak of the resident memory of training and sampling, and compares it with the estimate that is made before
 * the work starts: node --conditions=@onestep/source --import tsx benchmarks/memory/measure.ts [words of a name]
 */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { networkCost } from '@onestep/edm';
import { EDM_TRAINING, estimateSampling, estimateTraining, methodCost, METHODS } from 'onestep';
import { CONFIGURATIONS, type Configuration } from './configurations.js';

const WORK = fileURLToPath(new URL('work.ts', import.meta.url));
const OPTIONS = ['--conditions=@onestep/source', '--import', 'tsx'];

function estimate({ settings, work, batch, batchGpu, options }: Configuration): number {
  const network = networkCost(settings);
  if (work === 'sample') return estimateSampling({ network, batch }).total;
  const method = METHODS.find(({ name }) => name === work);
  const cost = method === undefined ? EDM_TRAINING : methodCost(method, options);
  return estimateTraining({ ...cost, network, batch, batchGpu }).total;
}

function measure(configuration: Configuration): number {
  const { stdout, stderr, status } = spawnSync(process.execPath, [...OPTIONS, WORK, JSON.stringify(configuration)], {
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(stderr);
  return (JSON.parse(stdout.trim().split('\n').at(-1)!) as { peak: number }).peak;
}

console.log('| configuration | batch | estimated MB | measured MB | error |\n|---|---|---|---|---|');
const words = process.argv.slice(2);
for (const configuration of CONFIGURATIONS.filter(({ name }) => words.every((word) => name.includes(word)))) {
  const [estimated, measured] = [estimate(configuration), measure(configuration)];
  const error = (100 * (estimated / measured - 1)).toFixed(0);
  const [a, b] = [estimated, measured].map((bytes) => Math.round(bytes / 1e6));
  console.log(`| ${configuration.name} | ${configuration.batch} | ${a} | ${b} | ${error} % |`);
}
