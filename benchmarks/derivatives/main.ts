/**
 * CPU seconds of a step of sCM and MeanFlow with exact derivatives along the path, and with central differences, from the teacher that
 * comes with the package and random images: `npm run source -- benchmarks/derivatives/main.ts`. CPU time, because other work on the
 * machine slows the clock's. ONNX Runtime waits busily for its threads: set ONESTEP_THREADS=1.
 */
import { loadTeacher, METHODS } from 'onestep';
import { RandomImages } from '../../test-support/given-data.js';

const BATCH = 64;
/** Steps that record and compile, and steps that are measured. */
const [FIRST, MEASURED] = [3, 5];

const { network: teacher } = await loadTeacher('fashion-mnist');

/** CPU seconds of a step. */
async function measure(name: string, options: Record<string, unknown>): Promise<number> {
  const method = METHODS.find((one) => one.name === name)!;
  const run = method.create({ teacher, data: new RandomImages(teacher, BATCH), options: { batch: BATCH, ...options } });
  let begin = process.cpuUsage();
  for (let i = 0; i < FIRST + MEASURED; i++) {
    if (i === FIRST) begin = process.cpuUsage();
    await run.step(i * BATCH);
  }
  const { user, system } = process.cpuUsage(begin);
  run.dispose();
  return (user + system) / 1e6 / MEASURED;
}

console.log('| method | derivative | CPU s / step of 64 |\n|---|---|---|');
for (const [name, options] of [
  ['scm', {}],
  ['mean-flow', {}],
  ['ect', {}],
] as const) {
  for (const jvp of name === 'ect' ? [undefined] : ['exact', 'differences']) {
    const seconds = await measure(name, jvp === undefined ? options : { ...options, jvp });
    console.log(`| ${name} | ${jvp ?? 'none'} | ${seconds.toFixed(2)} |`);
  }
}
