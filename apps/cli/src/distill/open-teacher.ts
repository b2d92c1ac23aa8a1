import { hasClasses } from '@onestep/diffusion-core';
import type { PreconditionedNetwork } from '@onestep/edm';
import { loadTeacher } from '../networks/load-network.js';
import { UserError } from '../user-error.js';
import type { DistillOptions } from './distill-options.js';

/** Loads the teacher. @throws UserError if it cannot be, or an option says that it is another one */
export async function openTeacher(options: DistillOptions): Promise<PreconditionedNetwork> {
  if (options.edmModel === undefined) throw new UserError('Say which model to distill: --edm-model FILE.', 2);
  const teacher = await loadTeacher(options.edmModel, { dropout: options.dropout, useFp16: options.fp16 });
  checkCondition(options.cond, teacher);
  checkNetwork(options, teacher);
  return teacher;
}

function checkCondition(cond: boolean | undefined, teacher: PreconditionedNetwork): void {
  const { labelDim } = teacher;
  if (cond === undefined || cond === labelDim > 0) return;
  throw new UserError(
    labelDim > 0
      ? `The teacher is conditioned on ${hasClasses(teacher) ? `${labelDim} classes` : `label vectors of ${labelDim} numbers`}: leave --cond out, or give --cond 1.`
      : 'The teacher is unconditional: leave --cond out, or give --cond 0.',
    2,
  );
}

/** The student is a copy of the teacher, so what the published scripts build has to be what the teacher's file says. */
function checkNetwork(options: DistillOptions, { settings }: PreconditionedNetwork): void {
  const { model, preconditioning } = settings;
  const song = model.modelType === 'SongUNet' ? model : null;
  const arch = song === null ? 'adm' : song.embeddingType === 'fourier' ? 'ncsnpp' : 'ddpmpp';
  const stated: [string, string | undefined, string][] = [
    ['arch', options.arch, arch],
    ['precond', options.precond, preconditioning.scheme],
    ['cbase', options.cbase?.toString(), String(model.modelChannels)],
    ['cres', options.cres?.join(), model.channelMult.join()],
  ];
  for (const [name, asked, actual] of stated) {
    if (asked === undefined || asked === actual) continue;
    throw new UserError(
      `--${name} ${asked} is not what the teacher has: leave it out, or give --${name} ${actual}.`,
      2,
    );
  }
}
