// Runs the tests in another version of Node.js, which npm brings (the package `node`): its newest release.
//
//   npm run test:node -- 24 [files and options of vitest]
import { spawnSync } from 'node:child_process';

const [version, ...rest] = process.argv.slice(2);
if (!/^\d+(\.\d+){0,2}$/.test(version ?? '')) {
  console.error('Say which version: npm run test:node -- VERSION, for example 20, 22 or 24.');
  process.exit(2);
}

const inNode = (...args) =>
  spawnSync('npm', ['exec', '--yes', `--package=node@${version}`, '--', 'node', ...args], {
    stdio: 'inherit',
    shell: process.platform === 'win32',
  }).status ?? 1;

const started = inNode('--print', '`Node.js ${process.version}`');
process.exitCode = started === 0 ? inNode('node_modules/vitest/vitest.mjs', 'run', ...rest) : started;
