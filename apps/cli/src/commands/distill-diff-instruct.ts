import { Command } from 'commander';
import { DiffInstructDistillation } from '@onestep/diff-instruct';
import { addDistillOptions, commonOptions, type DistillOptions } from '../distill/distill-options.js';
import { runDistillation } from '../distill/run-distillation.js';
import { number } from '../options/parsers.js';

interface DiffInstructCommandOptions extends DistillOptions {
  initSigma: number;
  lr: number;
  glr: number;
  ls: number;
  sgls: number;
  lrWarmupKimg: number;
}

/**
 * `onestep distill diff-instruct`: options of the published di_train.py, and its defaults but for those that do not
 * train. It needs a teacher and no data.
 */
export function distillDiffInstructCommand(): Command {
  const command = new Command('diff-instruct').description('Diff-Instruct, integral KL minimization (Luo et al. 2023)');
  addDistillOptions(command, { duration: 200, tick: 50, snap: 50, dump: 200, batch: 512 })
    .option(
      '--init-sigma <sigma>',
      "noise level of the generator's input (published default 1e-3, which does not train)",
      number({ above: 0 }),
      1,
    )
    .option(
      '--lr <rate>',
      'learning rate of the score network (published default 1e-3, which does not train)',
      number({ above: 0 }),
      1e-5,
    )
    .option('--glr <rate>', 'learning rate of the generator (published default 1e-3)', number({ above: 0 }), 1e-5)
    .option('--ls <factor>', "scale of the generator's loss", number({ above: 0 }), 1)
    .option('--sgls <factor>', "scale of the score network's loss", number({ above: 0 }), 1)
    .option('--lr-warmup-kimg <kimg>', 'above 0: both learning rates grow from 0 over so many images', number(), -1);
  return command.action(() =>
    runDistillation<DiffInstructCommandOptions>(command, {
      name: 'diff-instruct',
      shown: { Score_gap: 'gap', Teacher_distance: 'dist' },
      createTask: ({ options, ...ingredients }) => {
        const { initSigma, lr, glr, ls, sgls, lrWarmupKimg: warmup } = options;
        const own = { initSigma, lr, glr, ls, sgls, lrWarmupKimg: warmup > 0 ? warmup : null };
        return new DiffInstructDistillation({ ...ingredients, options: { ...commonOptions(options), ...own } });
      },
      describe: ({ ls, sgls, glr, lr, initSigma, batch, lrWarmupKimg }) =>
        `ls${ls}-sgls${sgls}-glr${glr}-sglr${lr}-sigma${initSigma}-gpus1-batch${batch}-fp32-lrwarmkimg${lrWarmupKimg}`,
    }),
  );
}
