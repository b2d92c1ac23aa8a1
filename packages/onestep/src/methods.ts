import { boot } from '@onestep/boot';
import { cd, ct, ect, ict, meanFlow, pd, scm, tcm, tract } from '@onestep/consistency';
import { diffInstruct } from '@onestep/diff-instruct';
import type { Method } from '@onestep/diffusion-core';
import { dmd2, fDistill } from '@onestep/dmd2';
import { kd } from '@onestep/kd';
import { fgm, sid, sida, sim, uniInstruct } from '@onestep/sid';

/** The distillation methods: the only list of them. A new method is one line here. */
export const METHODS: readonly Method[] = [
  diffInstruct,
  sid,
  sida,
  sim,
  fgm,
  uniInstruct,
  boot,
  dmd2,
  fDistill,
  kd,
  cd,
  ct,
  ict,
  ect,
  tcm,
  tract,
  pd,
  scm,
  meanFlow,
];

/**
 * Finds a method by its name.
 *
 * @throws RangeError listing the names, if there is no such method
 */
export function findMethod(name: string): Method {
  const method = METHODS.find((candidate) => candidate.name === name);
  if (method !== undefined) return method;
  throw new RangeError(`There is no method "${name}": choose from ${METHODS.map((known) => known.name).join(', ')}.`);
}
