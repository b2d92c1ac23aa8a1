import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { createProgram } from '../src/program.js';

const FILES = fileURLToPath(new URL('files-of-versions', import.meta.url));
const onestep = async (command: string) => (await createProgram([])).parseAsync(command.split(' '), { from: 'user' });
const ticksOf = (run: string) =>
  readFileSync(join(run, 'stats.jsonl'), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { 'Progress/kimg'?: { mean: number } });

// Written by scripts/release/record-files.ts of that version.
it.each(readdirSync(FILES))('files of version %s are read, and its runs go on', async (version) => {
  const folder = mkdtempSync(join(tmpdir(), 'onestep-versions-'));
  try {
    cpSync(join(FILES, version), folder, { recursive: true });
    process.chdir(folder);
    for (const [run, command] of [
      // The student first: its teacher must not change.
      ['student', 'distill sid'],
      ['teacher', 'edm train'],
    ] as const) {
      const before = ticksOf(run);
      await onestep(`${command} --resume ${run} --duration 0.000012`);
      const after = ticksOf(run);
      expect(after.slice(0, before.length)).toEqual(before);
      expect(after.length).toBe(before.length + 1);
    }
    await onestep(
      'generate --network student/network-snapshot-000000.safetensors --seeds 0-9 --outdir images --ref reference.npz',
    );
    expect(readdirSync('images', { recursive: true }).filter((name) => String(name).endsWith('.png'))).toHaveLength(10);
  } finally {
    process.chdir(tmpdir());
    rmSync(folder, { recursive: true });
  }
});
