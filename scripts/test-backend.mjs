// Runs what has to hold on every engine, on the one that is named: the reference numbers of networks, losses, samplers,
// training and metrics, the operations below them, trainings, and that each method resumes to the last bit.
//
//   npm run test:backend -- wasm
import { spawnSync } from 'node:child_process';

const [name, ...rest] = process.argv.slice(2);
if (name === undefined || name.startsWith('-')) {
  console.error('Say which backend: npm run test:backend -- NAME, for example ort, wasm, webgpu or tensorflow.');
  process.exit(2);
}

const SUITES = [
  'packages/nn/test/ops.test.ts',
  'packages/nn/test/optim.test.ts',
  'packages/nn/test/layers.test.ts',
  'packages/nn/test/second-derivatives.test.ts',
  'packages/nn/test/differentiable-operations.test.ts',
  'packages/nn/test/jvp.test.ts',
  'packages/nn/test/r1-penalty.test.ts',
  'packages/edm/test/networks.test.ts',
  'packages/ddpm/test/networks.test.ts',
  'packages/onestep/test/other-projects.test.ts',
  'packages/edm/test/second-derivatives.test.ts',
  'packages/edm/test/losses.test.ts',
  'packages/edm/test/edm-training-task.test.ts',
  'packages/diffusion-core/test/published-samplers.test.ts',
  'packages/diff-instruct/test/published-numbers.test.ts',
  'packages/sid/test/published-numbers.test.ts',
  'packages/boot/test/boot-distillation.test.ts',
  'packages/onestep/test/resume.test.ts',
  'packages/metrics/test/metrics-from-features.test.ts',
  'packages/metrics/test/inception.test.ts',
];

// First the engine alone: where it is not installed, one message says what to install, and not every test.
const run = (args) =>
  spawnSync(process.execPath, args, {
    stdio: 'inherit',
    env: { ...process.env, ONESTEP_TEST_BACKEND: name },
  }).status ?? 1;
const source = ['--conditions=@onestep/source', '--import', 'tsx'];
const probe = `
  import { startBackend } from '@onestep/backends';
  await startBackend(process.env.ONESTEP_TEST_BACKEND).then(
    ({ description }) => console.log(description),
    (error) => { console.error(error.message); process.exitCode = error.isWrongSetting ? 2 : 1; },
  );`;
process.exitCode =
  run([...source, '--input-type=module', '--eval', probe]) ||
  run(['node_modules/vitest/vitest.mjs', 'run', ...SUITES, ...rest]);
