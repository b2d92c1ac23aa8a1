import { Command, Option } from 'commander';
import { SID_PRESETS, SID_SNAPSHOT_TICKS, SidDistillation } from '@onestep/sid';
import { addDistillOptions, commonOptions, type DistillOptions } from '../distill/distill-options.js';
import { runDistillation } from '../distill/run-distillation.js';
import { applyPreset, type PresetValues } from '../options/preset.js';
import { number } from '../options/parsers.js';

interface SidCommandOptions extends DistillOptions {
  preset?: string;
  alpha: number;
  tmax: number;
  initSigma: number;
  lr: number;
  glr: number;
  gBeta1: number;
  ls: number;
  lsg: number;
}

/** `onestep distill sid`: options and defaults of the published sid_train.py. It needs a teacher and no data. */
export function distillSidCommand(): Command {
  const command = new Command('sid').description('score identity distillation (Zhou et al. 2024)');
  addDistillOptions(command, { duration: 200, tick: 50, snap: 50, dump: 200, batch: 512 })
    .addOption(
      new Option(
        '--preset <name>',
        'a published run: its teacher and settings, where no option says otherwise',
      ).choices(Object.keys(SID_PRESETS)),
    )
    .option('--alpha <n>', 'weight of the subtracted naive loss; 1.2 published as best, 1.0 safer', number(), 1.2)
    .option('--tmax <n>', 'largest time scores are compared at, thousandths', number({ above: 0, max: 1000 }), 800)
    .option('--init-sigma <sigma>', "noise level of the generator's input", number({ above: 0 }), 2.5)
    .option('--lr <rate>', 'learning rate of the fake score network', number({ above: 0 }), 1e-5)
    .option('--glr <rate>', 'learning rate of the generator', number({ above: 0 }), 1e-5)
    .option('--g-beta1 <n>', "Adam's beta1 of the generator", number({ min: 0, max: 0.9999 }), 0)
    .option('--ls <factor>', "scale of the fake score network's loss", number({ above: 0 }), 1)
    .option('--lsg <factor>', "scale of the generator's loss", number({ above: 0 }), 100);
  return command.action(() => {
    const { preset } = command.opts<SidCommandOptions>();
    if (preset !== undefined) applyPreset(command, presetValues(preset));
    return runDistillation<SidCommandOptions>(command, {
      name: 'sid',
      // The losses oscillate around zero; the gap between the two scores and the distance to what the teacher makes of
      // the images tell how far it is.
      shown: { Score_gap: 'gap', Teacher_distance: 'dist' },
      createTask: ({ options, ...ingredients }) => {
        const { alpha, tmax, initSigma, lr, glr, gBeta1, ls, lsg } = options;
        const own = { alpha, tmax, initSigma, lr, glr, gBeta1, ls, lsg };
        return new SidDistillation({ ...ingredients, options: { ...commonOptions(options), ...own } });
      },
      describe: ({ glr, lr, initSigma, alpha, batch, tmax }) =>
        `glr${glr}-lr${lr}-initsigma${initSigma}-alpha${alpha}-batch${batch}-tmax${tmax}-fp32`,
      alsoSnapshotAt: SID_SNAPSHOT_TICKS,
    });
  });
}

/** A published run as options of the command. */
function presetValues(name: string): PresetValues {
  const { options, dropout, augment, totalKimg, tickKimg } = SID_PRESETS[name]!;
  const { emaHalflifeKimg, ...named } = options;
  return {
    ...{ edmModel: name, metrics: ['fid50k_full', 'is50k'], dropout, augment },
    ...{ duration: totalKimg / 1000, tick: tickKimg, snap: 50, dump: 500 },
    ...named,
    ...(typeof emaHalflifeKimg === 'number' && { ema: emaHalflifeKimg / 1000 }),
  };
}
