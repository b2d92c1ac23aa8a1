import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { decodeSafetensors } from '@onestep/checkpoint';
import { finished, startTraining } from './training-process.js';
import { temporaryFolder } from './temporary-folder.js';

const KIMG = 60;
const FINAL = ['network-snapshot-000060.safetensors', 'training-state-000060.safetensors'];

/** A stats file without what differs from run to run: times, memory. */
function comparableStats(folder: string): unknown[] {
  const lines = readFileSync(join(folder, 'stats.jsonl'), 'utf8').trimEnd().split('\n');
  return lines.map((line) => {
    const record = Object.entries(JSON.parse(line) as Record<string, unknown>);
    return record.filter(([name]) => /^(Loss|Progress)/.test(name));
  });
}

const tensors = (path: string) => decodeSafetensors(new Uint8Array(readFileSync(path)), path).tensors;

describe('a training process', () => {
  const folder = temporaryFolder();
  const undisturbed = join(folder, 'undisturbed');
  const killed = join(folder, 'killed');

  it('ends with the same weights and statistics when it is killed ten times as when it is left alone', async () => {
    expect((await finished(startTraining(undisturbed, KIMG))).code).toBe(0);

    for (let kill = 0; kill < 10; kill++) {
      const child = startTraining(killed, KIMG);
      await once(child.stdout!, 'data');
      setTimeout(() => child.kill('SIGKILL'), Math.random() * 250);
      const { stderr } = await finished(child);
      expect(stderr).not.toMatch(/error/i);
      for (const name of readdirSync(killed).filter((name) => /^[^.].*\.safetensors$/.test(name))) {
        expect(Object.keys(tensors(join(killed, name))).length).toBeGreaterThan(0);
      }
    }
    expect((await finished(startTraining(killed, KIMG))).code).toBe(0);

    for (const name of FINAL) expect(tensors(join(killed, name))).toEqual(tensors(join(undisturbed, name)));
    expect(comparableStats(killed)).toEqual(comparableStats(undisturbed));
    expect(readdirSync(killed)).toEqual(readdirSync(undisturbed));
  });

  it.skipIf(process.platform === 'win32')(
    'stops with one clear error when there is no room, and resumes later',
    async () => {
      const full = join(folder, 'full');
      // Files may grow to 16 KiB here: the statistics are the first to reach that.
      const { code, stderr } = await finished(startTraining(full, KIMG, "ulimit -f 16; trap '' XFSZ"));
      expect(code).not.toBe(0);
      expect(stderr).toMatch(/RunError: .*stats\.jsonl could not be written: there is no room for it\./);

      expect((await finished(startTraining(full, KIMG))).code).toBe(0);
      for (const name of FINAL) expect(tensors(join(full, name))).toEqual(tensors(join(undisturbed, name)));
      expect(comparableStats(full)).toEqual(comparableStats(undisturbed));
    },
  );
});
