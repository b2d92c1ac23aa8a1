import { execFile } from 'node:child_process';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { programArguments } from '../../../../test-support/program.js';
import { runInWorker } from '../../src/worker/index.js';
import type { Training } from './train.js';

/** Runs TypeScript sources. */
const execArgv = ['--conditions=@onestep/source', '--import', 'tsx'];
const bundle = await programArguments('packages/tfjs-backend-ort/test/worker/train.ts');
const module = pathToFileURL(bundle.at(-1)!);

const train = (start: Training['start'], onMessage?: (message: Training['message']) => void, signal?: AbortSignal) =>
  runInWorker<Training>(module, { start, onMessage, signal });

describe('training in a worker thread', () => {
  it('keeps this thread responsive', async () => {
    let ticks = 0;
    const ticksAtStep: number[] = [];
    const timer = setInterval(() => ticks++, 1);
    const { done } = train({ steps: 40 }, () => ticksAtStep.push(ticks));
    expect(await done).toEqual({ steps: 40, stopped: false });
    clearInterval(timer);
    // If this thread trained itself, it would get one or two turns between steps.
    expect(ticksAtStep.at(-1)! - ticksAtStep[0]!).toBeGreaterThan(2 * 40);
  });

  it('reports every step in order, and transfers buffers', async () => {
    const messages: Training['message'][] = [];
    await train({ steps: 5 }, (message) => messages.push(message)).done;
    expect(messages.map(({ step }) => step)).toEqual([1, 2, 3, 4, 5, 5]);
    expect(messages[4]!.loss).toBeLessThan(messages[0]!.loss);
    expect(messages[5]!.weights).toHaveLength(3 * 3 * 3 * 8);
  });

  it('stops on request, with its result', async () => {
    const run = train({ steps: 1e6 }, ({ step }) => step === 3 && run.stop());
    const { steps, stopped } = await run.done;
    expect(stopped).toBe(true);
    expect(steps).toBeGreaterThanOrEqual(3);
    expect(steps).toBeLessThan(1e6);
  });

  it('stops when a signal is aborted, even in a loop that never awaits', async () => {
    const stopping = new AbortController();
    const run = train({ steps: 1e7, synchronous: true }, () => stopping.abort(), stopping.signal);
    expect(await run.done).toMatchObject({ stopped: true });
    // Already aborted: nothing is done.
    expect(await train({ steps: 10 }, undefined, stopping.signal).done).toEqual({ steps: 0, stopped: true });
  });

  it('fails with the error of the work: its name, message, stack and cause', async () => {
    const error: Error = await train({ steps: 9, failAt: 2 }).done.catch((e: Error) => e) as Error; // prettier-ignore
    expect(error).toMatchObject({ name: 'UnluckyStep', message: 'step 2 failed' });
    expect(error.stack).toMatch(/train\.mjs/);
    expect(error.cause).toMatchObject({ name: 'RangeError', message: 'the reason' });
  });

  it('fails if the thread ends early, if it does not load, and if onMessage throws', async () => {
    await expect(train({ steps: 9, exitAt: 2 }).done).rejects.toThrow(/train\.mjs ended with exit code 7/);
    const missing = new URL('./missing.ts', import.meta.url);
    await expect(runInWorker(missing, { start: {} }).done).rejects.toThrow(/missing\.ts/);
    const unwelcome = train({ steps: 1e6 }, () => {
      throw new Error('the display is broken');
    });
    await expect(unwelcome.done).rejects.toThrow('the display is broken');
  });

  it('ends when it is terminated, in the middle of a step', async () => {
    const run = train({ steps: 1e6 }, () => void run.terminate());
    await expect(run.done).rejects.toThrow(/before its work was done/);
  });

  it('does not serve in the main thread of a process', async () => {
    const program = fileURLToPath(new URL('./train.ts', import.meta.url));
    const started = promisify(execFile)(process.execPath, [...execArgv, program]);
    await expect(started).rejects.toMatchObject({
      code: 1,
      stderr: expect.stringContaining('runInWorker()') as string,
    });
  });
});

it('a process that trained in a worker ends by itself, with exit code 0', async () => {
  const program = fileURLToPath(new URL('./program.ts', import.meta.url));
  const { stdout } = await promisify(execFile)(process.execPath, [...execArgv, program]);
  expect(JSON.parse(stdout)).toEqual({ steps: 4, stopped: false, losses: 5 });
});
