import { afterEach, describe, expect, it, vi } from 'vitest';
import { configure } from '../../src/index.js';
import { availableProcessors, defaultThreads } from '../../src/threads/index.js';

afterEach(() => {
  vi.unstubAllEnvs();
});

describe('ONESTEP_THREADS', () => {
  it.each(['0', 'abc', '-1', '1.5', '1e9', '1025', '1000000', ' ', '0x2', '2 '])(
    "refuses '%s', and says what it may be",
    (value) => {
      vi.stubEnv('ONESTEP_THREADS', value);
      const message =
        `ONESTEP_THREADS is '${value}', expected a whole number from 1 to 1024. ` +
        `Without it, one thread is used for each available processor (here ${availableProcessors()}).`;
      expect(defaultThreads).toThrow(new RangeError(message));
      expect(() => configure()).toThrow(message);
    },
  );

  it.each(['1', '3', '1024'])("'%s' is the number of threads", (value) => {
    vi.stubEnv('ONESTEP_THREADS', value);
    expect(defaultThreads()).toBe(Number(value));
  });

  it('empty, it is not set', () => {
    vi.stubEnv('ONESTEP_THREADS', '');
    expect(defaultThreads()).toBe(availableProcessors());
  });

  it('does not matter where the option is given, which has the same limits', () => {
    vi.stubEnv('ONESTEP_THREADS', 'abc');
    expect(() => configure({ threads: 2 })).not.toThrow();
    expect(() => configure({ threads: 1e9 })).toThrow(/threads of the ort backend .* from 1 to 1024, got 1000000000/);
    vi.stubEnv('ONESTEP_THREADS', '1');
    configure({ threads: undefined });
  });
});
