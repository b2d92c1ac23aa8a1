import { nameLabels, type DenoiserNetwork } from '@onestep/diffusion-core';
import { PreconditionedNetwork } from '@onestep/edm';
import { loadTeacher } from '../networks/load-network.js';
import { statedSettings } from '../options/network-options.js';
import type { ConditionChoice } from '../options/parsers.js';
import { UserError } from '../user-error.js';
import type { DistillOptions } from './distill-options.js';

/** Loads the teacher. @throws UserError if it cannot be, or an option says that it is another one */
export async function openTeacher(options: DistillOptions): Promise<DenoiserNetwork> {
  if (options.edmModel === undefined) throw new UserError('Say which model to distill: --edm-model FILE.', 2);
  const { edmModel, dropout, fp16: useFp16 } = options;
  const settings = statedSettings(options);
  const sharesSettings = options.transfer !== undefined;
  const teacher = await loadTeacher(edmModel, { dropout, useFp16, settings, sharesSettings });
  checkCondition(options.cond, teacher);
  checkNetwork(options, teacher);
  return teacher;
}

function checkCondition(cond: ConditionChoice | undefined, teacher: DenoiserNetwork): void {
  const { labelDim, labels } = teacher;
  const own = labelDim === 0 ? false : labels?.kind === 'captions' ? 'captions' : 'labels';
  if (cond === undefined || cond === own || (cond === true && own !== false)) return;
  throw new UserError(
    own === false
      ? 'The teacher is unconditional: leave --cond out, or give --cond 0.'
      : `The teacher is conditioned on ${nameLabels(teacher)}: leave --cond out, or give --cond 1.`,
    2,
  );
}

/** The student is a copy of the teacher, so what the published scripts build has to be what the teacher's file says. */
function checkNetwork(options: DistillOptions, teacher: DenoiserNetwork): void {
  if (!(teacher instanceof PreconditionedNetwork)) return assertNoneStated(options);
  const { model, preconditioning } = teacher.settings;
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

/** Networks of other kinds than EDM's have none of these settings. */
function assertNoneStated({ arch, precond, cbase, cres }: DistillOptions): void {
  const stated = Object.entries({ arch, precond, cbase, cres }).find(([, value]) => value !== undefined);
  if (stated === undefined) return;
  throw new UserError(`The teacher is not an EDM network, and has no --${stated[0]}: leave --${stated[0]} out.`, 2);
}
