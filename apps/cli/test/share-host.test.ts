import { availableParallelism } from 'node:os';
import { describe, expect, it } from 'vitest';
import { threadsOfRank } from '../src/processes/share-host.js';

describe('threads of a rank', () => {
  it('are those that it is bound to, or its part of those that all may use', () => {
    // Bound to four cores each, two each, one each.
    expect(threadsOfRank(4, 16, 4)).toBe(4);
    expect(threadsOfRank(2, 8, 4)).toBe(2);
    expect(threadsOfRank(1, 2, 2)).toBe(1);
    // Not bound: all may use all.
    const cores = availableParallelism();
    expect(threadsOfRank(cores, cores, cores)).toBe(1);
    expect(threadsOfRank(cores, cores, 1)).toBe(cores);
    expect(threadsOfRank(cores, cores, 3 * cores)).toBe(1);
  });
});
