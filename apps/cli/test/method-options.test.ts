import { Command } from 'commander';
import { expect, it } from 'vitest';
import { DISTILLATION_OPTIONS } from '@onestep/diffusion-core';
import { addMethodOptions, presetValues, readMethodOptions } from '../src/options/method-options.js';

function read(...args: string[]) {
  const command = new Command().exitOverride().configureOutput({ writeErr: () => undefined });
  addMethodOptions(command, DISTILLATION_OPTIONS);
  command.parse(args, { from: 'user' });
  const { emaHalfLifeKimg, emaMu, emaRel } = readMethodOptions(DISTILLATION_OPTIONS, command.opts(), false);
  return { emaHalfLifeKimg, emaMu, emaRel };
}

it('the lengths of EMAs are one number or several, in the published units', () => {
  expect(read()).toEqual({ emaHalfLifeKimg: 500, emaMu: null });
  expect(read('--ema=0.1')).toMatchObject({ emaHalfLifeKimg: 100 });
  expect(read('--ema=0.5,0.125', '--ema-rel=0.05,0.1')).toMatchObject({
    emaHalfLifeKimg: [500, 125],
    emaRel: [0.05, 0.1],
  });
  expect(read('--ema-mu=.9999,.99995,.9996')).toMatchObject({ emaMu: [0.9999, 0.99995, 0.9996] });
  expect(read('--ema-mu=-1')).toMatchObject({ emaMu: null });
  expect(read('--ema-mu=0.5', '--ema-rel=0.1')).toMatchObject({ emaMu: 0.5, emaRel: 0.1 });
  for (const wrong of ['--ema=', '--ema=1,1', '--ema=-1', '--ema-mu=0.5,-1', '--ema-mu=', '--ema-rel=0.3']) {
    expect(() => read(wrong), wrong).toThrow(/It has to be a number/);
  }
  const preset = presetValues(DISTILLATION_OPTIONS, { about: '', options: { emaHalfLifeKimg: [2, 0.5] } });
  expect(preset).toEqual({ ema: [0.002, 0.0005] });
});
