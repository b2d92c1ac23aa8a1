import '@tensorflow/tfjs-backend-cpu';
import { describe, expect, it } from 'vitest';
import {
  defineMethod,
  GaussianDenoiser,
  isMethod,
  number,
  option,
  requireOption,
  type DistillationMethod,
  type MethodArgs,
  type MethodDefinition,
  type OptionsOf,
} from '@onestep/diffusion-core';

const OPTIONS = {
  low: option({ default: 1, check: number(), help: 'low end' }),
  high: option({ default: 2, check: number(), help: 'high end' }),
};
type Options = OptionsOf<typeof OPTIONS>;
/** What a distillation was made from, which is all that these tests look at. */
type Made = DistillationMethod & { args: MethodArgs<Options> & { options: Options } };

const DEFINITION: MethodDefinition<typeof OPTIONS, Made> = {
  name: 'my-method',
  title: 'Mine',
  paper: 'Doe 2024',
  about: 'It does nothing.',
  options: OPTIONS,
  needs: [],
  shown: {},
  progress: { statistic: 'loss', name: 'Loss', about: 'It falls.' },
  check: ({ low, high }) => requireOption(low < high, `low must be below high, and they are ${low} and ${high}.`),
  create: (args) => ({ args }) as Made,
};
const teacher = new GaussianDenoiser({ imgResolution: 2, imgChannels: 1, mean: 0, std: 1 });

describe('defineMethod', () => {
  it('gives a method complete, checked options', () => {
    const method = defineMethod(DEFINITION);
    const { args } = method.create({ teacher, options: { high: 5 } });
    expect(args.options).toEqual({ low: 1, high: 5 });
    expect(args.teacher).toBe(teacher);
    expect(method.create({ teacher }).args.options).toEqual({ low: 1, high: 2 });
  });

  it('checks options one by one, then against each other', () => {
    const { create, settle } = defineMethod(DEFINITION);
    expect(() => create({ teacher, options: { low: Infinity } })).toThrow('low must be a number, not Infinity');
    expect(() => create({ teacher, options: { low: 3 } })).toThrow('low must be below high, and they are 3 and 2');
    expect(() => settle({ medium: 1 } as Partial<Options>)).toThrow('There is no option medium');
  });

  it('compares a method without variants under its own name', () => {
    expect(defineMethod(DEFINITION)).toMatchObject({ presets: {}, variants: { 'my-method': {} } });
    const variants = { 'my-high': { high: 9 } };
    expect(defineMethod({ ...DEFINITION, variants }).variants).toEqual(variants);
  });

  it('names what a definition lacks', () => {
    const define = (part: object) => () => defineMethod({ ...DEFINITION, ...part });
    expect(define({ name: 'My method' })).toThrow('in kebab case, such as my-method, not "My method"');
    expect(define({ name: undefined })).toThrow('in kebab case, such as my-method, not undefined');
    for (const field of ['options', 'create', 'needs', 'shown', 'progress']) {
      expect(define({ [field]: undefined })).toThrow(`The definition of the method my-method has no ${field}`);
    }
    for (const part of ['default', 'check', 'help']) {
      const options = { ...OPTIONS, broken: { ...OPTIONS.low, [part]: undefined } };
      expect(define({ options })).toThrow(
        'The option broken of the method my-method needs a default, a check and help',
      );
    }
  });
});

describe('isMethod', () => {
  it('tells a method from its definition and from other exports', () => {
    expect(isMethod(defineMethod(DEFINITION))).toBe(true);
    for (const value of [DEFINITION, undefined, null, 'my-method', () => 1, {}]) expect(isMethod(value)).toBe(false);
  });
});
