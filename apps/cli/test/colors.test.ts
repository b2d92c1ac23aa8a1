import { PassThrough } from 'node:stream';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { colorsOf } from '../src/terminal/colors.js';

/** A stream with what decides on colors: a pipe has no `isTTY`. */
const stream = (isTTY?: true) => Object.assign(new PassThrough(), { isTTY }) as unknown as NodeJS.WriteStream;
const paint = (isTTY: true | undefined, env: Readonly<Record<string, string | undefined>>) => {
  for (const name of ['CI', 'FORCE_COLOR', 'NO_COLOR', 'TERM']) vi.stubEnv(name, env[name]);
  return colorsOf(stream(isTTY)).green('text');
};

afterEach(() => vi.unstubAllEnvs());

describe('colorsOf', () => {
  it('leaves files and pipes plain, also where CI is set', () => {
    expect(paint(undefined, { TERM: 'xterm' })).toBe('text');
    expect(paint(undefined, { TERM: 'xterm', CI: '1' })).toBe('text');
    expect(paint(undefined, { FORCE_COLOR: '1' })).toBe('\u001b[32mtext\u001b[39m');
  });

  it('colors a terminal, unless it is told not to', () => {
    expect(paint(true, { TERM: 'xterm' })).toBe('\u001b[32mtext\u001b[39m');
    expect(paint(true, { TERM: 'dumb', CI: '1' })).toBe('text');
    expect(paint(true, { TERM: 'xterm', NO_COLOR: '1', FORCE_COLOR: '1' })).toBe('text');
  });
});
