import { describe, expect, it } from 'vitest';
import { defaultsOf, type Method, type OptionTable } from '@onestep/diffusion-core';

/** Tests that what a method says of itself is consistent. */
export function describeMethodValue<T extends OptionTable>(method: Method<T>): void {
  describe(`the method ${method.name}`, () => {
    it('has defaults that its own checks accept, as values and as text', () => {
      expect(method.settle({})).toEqual(defaultsOf(method.options));
      for (const [name, { default: value, check, flag }] of Object.entries(method.options)) {
        if (value === null) continue;
        expect(check.accepts(value), name).toBe(true);
        if (flag !== false) expect(check.parse(String(value)), name).toEqual(value);
      }
    });

    it.each(Object.keys(method.presets))('has the preset %s, which its own checks accept', (name) => {
      const { about, options } = method.presets[name]!;
      expect(about).not.toBe('');
      expect(method.settle(options)).toMatchObject(options);
    });

    it('has variants that differ, also in the names of their folders, which are words', () => {
      const variants = Object.values(method.variants).map((options) => method.settle(options));
      const tags = variants.map((options) => method.tag!(options, 'fp32'));
      expect(new Set(tags).size).toBe(variants.length);
      for (const tag of tags) expect(tag).toMatch(/^[\w.-]+$/);
    });
  });
}
