import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  ALONE,
  collectOnFirst,
  connectPorts,
  onFirstRank,
  OtherRankError,
  PortCommunicator,
  shareOf,
  workTogether,
  type Communicator,
} from '../src/index.js';

/** Makes the same calls in several members of this thread. */
const inAll = <T>(size: number, work: (communicator: Communicator) => Promise<T>) =>
  Promise.all(connectPorts(size).map((member) => work(new PortCommunicator(member))));
/** The error that something fails with. */
const errorOf = (work: Promise<unknown>) => work.then(() => null).catch((error: unknown) => error as Error);

describe('shareOf', () => {
  it('splits any number of items into consecutive shares, none larger than the first', () => {
    fc.assert(
      fc.property(fc.nat(1000), fc.integer({ min: 1, max: 70 }), (count, size) => {
        const shares = Array.from({ length: size }, (_, rank) => shareOf(count, { rank, size }));
        expect([shares[0]!.start, shares.at(-1)!.end]).toEqual([0, count]);
        const lengths = shares.map(({ start, end }) => end - start);
        expect(shares.slice(1).map(({ start }) => start)).toEqual(shares.slice(0, -1).map(({ end }) => end));
        expect([Math.max(...lengths), Math.min(...lengths) + 1]).toEqual([lengths[0], expect.any(Number)]);
        expect(Math.min(...lengths)).toBeGreaterThanOrEqual(lengths[0]! - 1);
      }),
    );
  });
});

describe('onFirstRank', () => {
  it('works in process 0 alone, and passes its result on', async () => {
    const worked: number[] = [];
    const results = await inAll(3, (communicator) =>
      onFirstRank(communicator, () => {
        worked.push(communicator.rank);
        return ['found'];
      }),
    );
    expect(worked).toEqual([0]);
    expect(results).toEqual(Array(3).fill(['found']));
  });

  it('fails in all processes alike', async () => {
    const mistake = Object.assign(new TypeError('It is there.'), { exitCode: 2 });
    const [first, second] = await inAll(2, (communicator) =>
      errorOf(onFirstRank(communicator, () => Promise.reject(mistake))),
    );
    expect(first).toBe(mistake);
    expect(second).toBeInstanceOf(OtherRankError);
    expect(second).toMatchObject({ message: 'Rank 0 on this machine: It is there.', cause: 'TypeError', exitCode: 2 });
    await expect(onFirstRank(ALONE, () => Promise.reject(mistake))).rejects.toBe(mistake);
  });
});

describe('workTogether', () => {
  it('adds up what was done', async () => {
    const results = await inAll(3, (communicator) => workTogether(communicator, () => communicator.rank + 1));
    expect(results).toEqual([6, 6, 6]);
  });

  it('fails in all processes where one fails, and names it; a fault says more than a stop', async () => {
    const controller = new AbortController();
    controller.abort(new Error('Stopped.'));
    const errors = await inAll(3, (communicator) => {
      const work = () => {
        if (communicator.rank === 0) controller.signal.throwIfAborted();
        if (communicator.rank === 2) throw new RangeError('Out of memory.');
        return 1;
      };
      return errorOf(workTogether(communicator, work, communicator.rank === 0 ? controller.signal : undefined));
    });
    expect(errors).toEqual([
      new Error('Stopped.'),
      expect.objectContaining({ message: 'Rank 2 on this machine: Out of memory.', wasStopped: false }),
      new RangeError('Out of memory.'),
    ]);
  });
});

describe('collectOnFirst', () => {
  it('puts the bytes of all processes in order, in parts of any size', async () => {
    const pieces = [['ab', 'c'], [], ['', 'defghij'], ['k']].map((texts) => texts.map((text) => Buffer.from(text)));
    for (const part of [1, 3, 100]) {
      const results = await inAll(4, (communicator) => collectOnFirst(communicator, pieces[communicator.rank]!, part));
      expect(results.map((bytes) => Buffer.from(bytes).toString())).toEqual(['abcdefghijk', '', '', '']);
    }
    expect(await collectOnFirst(ALONE, [new Uint8Array([1]), new Uint8Array([2, 3])])).toEqual(
      new Uint8Array([1, 2, 3]),
    );
  });
});
