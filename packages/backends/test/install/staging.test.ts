import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { prepareInPlace } from '../../src/install/staging.js';

const program = fileURLToPath(new URL('staging-program.ts', import.meta.url));
let engines: string;

beforeEach(() => {
  engines = mkdtempSync(join(tmpdir(), 'onestep-engines-'));
});
afterEach(() => rmSync(engines, { recursive: true }));

const fill = (text: string) => async (folder: string) => writeFileSync(join(folder, 'file'), text);
const contents = () => readFileSync(join(engines, 'tensorflow/file'), 'utf8');

it('replaces what was there when the new one is complete, and leaves nothing else', async () => {
  await prepareInPlace(engines, 'tensorflow', fill('one'));
  await prepareInPlace(engines, 'tensorflow', fill('two'));
  expect(contents()).toBe('two');
  expect(readdirSync(engines)).toEqual(['tensorflow']);
});

it('keeps what was there when preparing fails', async () => {
  await prepareInPlace(engines, 'tensorflow', fill('one'));
  const failed = prepareInPlace(engines, 'tensorflow', async (folder) => {
    await fill('two')(folder);
    throw new Error('no');
  });
  await expect(failed).rejects.toThrow('no');
  expect(contents()).toBe('one');
  expect(readdirSync(engines)).toEqual(['tensorflow']);
});

it('refuses a folder where another process installs; what that one leaves when it is killed does not count', async () => {
  const child = spawn(process.execPath, ['--conditions=@onestep/source', '--import', 'tsx', program, engines]);
  await once(child.stdout, 'data');
  await expect(prepareInPlace(engines, 'tensorflow', fill('two'))).rejects.toThrow(
    `Process ${child.pid} is installing`,
  );
  child.kill('SIGKILL');
  await once(child, 'exit');
  expect(existsSync(join(engines, 'tensorflow'))).toBe(false);
  await prepareInPlace(engines, 'tensorflow', fill('two'));
  expect(readdirSync(engines)).toEqual(['tensorflow']);
});

it('takes a lock whose process has ended', async () => {
  mkdirSync(engines, { recursive: true });
  const { pid } = spawnSync(process.execPath, ['--eval', '']);
  writeFileSync(join(engines, '.installing'), String(pid));
  await prepareInPlace(engines, 'tensorflow', fill('one'));
  expect(contents()).toBe('one');
});
