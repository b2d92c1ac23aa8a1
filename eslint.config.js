import { readdirSync } from 'node:fs';
import js from '@eslint/js';
import tseslint from 'typescript-eslint';

/**
 * The rooms of the project and what each may import (README, "Rooms"). Anything not listed is an error, so an
 * import between neighbours fails here and not in review.
 */
const mayImport = {
  'packages/tfjs-backend-ort': [],
  'packages/tfjs-kernels': [],
  'packages/backends': ['tfjs-backend-ort', 'tfjs-kernels'],
  'packages/random': [],
  'packages/checkpoint': [],
  'packages/nn': ['random', 'checkpoint'],
  'packages/diffusion-core': ['random', 'checkpoint', 'nn'],
  'packages/edm': ['random', 'checkpoint', 'nn', 'diffusion-core'],
  'packages/score-distillation': ['random', 'checkpoint', 'nn', 'diffusion-core'],
  'packages/diff-instruct': ['random', 'nn', 'diffusion-core', 'score-distillation'],
  'packages/sid': ['random', 'nn', 'diffusion-core', 'score-distillation'],
  'packages/boot': ['random', 'checkpoint', 'nn', 'diffusion-core'],
  'packages/metrics': ['random', 'checkpoint', 'nn'],
  'packages/datasets': ['random', 'checkpoint'],
  'packages/onestep': [
    'random',
    'checkpoint',
    'nn',
    'diffusion-core',
    'edm',
    'score-distillation',
    'diff-instruct',
    'sid',
    'boot',
    'metrics',
    'datasets',
    'backends',
  ],
  'apps/web': [
    'random',
    'checkpoint',
    'nn',
    'diffusion-core',
    'edm',
    'diff-instruct',
    'sid',
    'boot',
    'backends',
    'onestep',
  ],
  'apps/cli': [
    'random',
    'checkpoint',
    'nn',
    'diffusion-core',
    'edm',
    'diff-instruct',
    'sid',
    'boot',
    'metrics',
    'datasets',
    'backends',
    'onestep',
  ],
};
/** Where engines are made and started; nothing else sees one: programs name it to `@onestep/backends`. */
const ENGINE_ROOMS = ['packages/tfjs-backend-ort', 'packages/tfjs-kernels', 'packages/backends'];
const ENGINES = ['@tensorflow/tfjs-backend-*', '@tensorflow/tfjs-node*', '@tensorflow/tfjs', 'onnxruntime-*', 'webgpu'];
const noEngine = {
  group: [...ENGINES, '@onestep/onnxruntime', '@onestep/tfjs-backend-ort', '@onestep/tfjs-backend-ort/*'],
  message: 'Algorithm code sees @tensorflow/tfjs-core and never an engine; programs start one with @onestep/backends.',
};
const rooms = Object.keys(mayImport).map((path) => path.split('/')[1]);
for (const parent of ['packages', 'apps']) {
  for (const name of readdirSync(new URL(parent, import.meta.url))) {
    if (!(`${parent}/${name}` in mayImport))
      throw new Error(`Say in eslint.config.js what ${parent}/${name} may import.`);
  }
}

/** What a room is imported as. */
const packageName = (room) => (room === 'onestep' ? room : `@onestep/${room}`);

const boundaries = Object.entries(mayImport).map(([path, allowed]) => {
  const forbidden = rooms.filter((room) => !allowed.includes(room) && !path.endsWith(`/${room}`));
  const patterns = [
    { group: ['**/packages/**', '**/apps/**', '../**/../*/src/**'], message: 'Import other packages by name.' },
  ];
  if (!ENGINE_ROOMS.includes(path)) patterns.push(noEngine);
  if (forbidden.length > 0) {
    patterns.push({
      group: forbidden.map(packageName).flatMap((name) => [name, `${name}/*`]),
      message: `${path} may import only: ${allowed.join(', ') || 'nothing of this repository'}.`,
    });
  }
  return { files: [`${path}/src/**/*.ts`], rules: { 'no-restricted-imports': ['error', { patterns }] } };
});

export default tseslint.config(
  { ignores: ['**/dist', '**/node_modules', 'packages/nn/src/generated', '.nx', 'runs', 'out'] },
  js.configs.recommended,
  ...tseslint.configs.strict,
  {
    rules: {
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
    },
  },
  {
    files: ['**/*.mjs', '**/*.js'],
    languageOptions: { globals: { process: 'readonly', console: 'readonly', URL: 'readonly' } },
  },
  {
    files: ['**/*.cjs'],
    languageOptions: { globals: { process: 'readonly', require: 'readonly', module: 'writable' } },
    rules: { '@typescript-eslint/no-require-imports': 'off' },
  },
  ...boundaries,
  {
    files: ['packages/*/scripts/**/*.ts', 'parity/**/*.ts', 'test-support/**/*.ts', 'benchmarks/engines/**/*.ts'],
    rules: { 'no-restricted-imports': ['error', { patterns: [noEngine] }] },
  },
);
