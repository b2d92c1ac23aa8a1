import { readdirSync } from 'node:fs';
import js from '@eslint/js';
import tseslint from 'typescript-eslint';

const FORMATS = ['random', 'checkpoint'];
const CORE = [...FORMATS, 'nn', 'diffusion-core'];
/** What a method may import: never a network package, since any denoiser can teach and any generator can learn. */
const METHOD = [...CORE, 'score-distillation'];
const FRONT_DOOR = [...METHOD, 'edm', 'ddpm', 'stylegan2', 'metrics', 'datasets', 'backends'];

/** The packages and what each may import (CONTRIBUTING, "Where things live"). A package that is not listed is a method. */
const mayImport = {
  'packages/tfjs-backend-ort': [],
  'packages/tfjs-kernels': [],
  'packages/backends': ['tfjs-backend-ort', 'tfjs-kernels'],
  'packages/mpi': [...FORMATS, 'nn', 'diffusion-core'],
  'packages/random': [],
  'packages/checkpoint': [],
  'packages/nn': FORMATS,
  'packages/diffusion-core': [...FORMATS, 'nn'],
  'packages/edm': CORE,
  'packages/ddpm': CORE,
  'packages/stylegan2': CORE,
  'packages/score-distillation': CORE,
  'packages/metrics': CORE,
  'packages/datasets': FORMATS,
  'packages/onestep': FRONT_DOOR,
  'apps/docs': [],
  'apps/web': [...CORE, 'edm', 'backends', 'onestep'],
  'apps/cli': [...CORE, 'edm', 'stylegan2', 'metrics', 'datasets', 'backends', 'mpi', 'onestep'],
};
for (const name of readdirSync(new URL('packages', import.meta.url))) {
  if (`packages/${name}` in mayImport) continue;
  mayImport[`packages/${name}`] = METHOD;
  mayImport['packages/onestep'].push(name);
}
/** Where engines are made and started; nothing else sees one: programs name it to `@onestep/backends`. */
const ENGINE_ROOMS = ['packages/tfjs-backend-ort', 'packages/tfjs-kernels', 'packages/backends'];
const ENGINES = ['@tensorflow/tfjs-backend-*', '@tensorflow/tfjs-node*', '@tensorflow/tfjs', 'onnxruntime-*', 'webgpu'];
const noEngine = {
  group: [...ENGINES, '@onestep/onnxruntime', '@onestep/tfjs-backend-ort', '@onestep/tfjs-backend-ort/*'],
  message: 'Algorithm code sees @tensorflow/tfjs-core and never an engine; programs start one with @onestep/backends.',
};
const rooms = Object.keys(mayImport).map((path) => path.split('/')[1]);
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
