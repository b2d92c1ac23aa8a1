import { Command } from 'commander';
import { listEngines } from '@onestep/backends/install';
import packageJson from '../../package.json' with { type: 'json' };
import { TEACHER_PATH } from '../assets.js';
import { cacheFolder } from '../cache-folder.js';
import { examineEngines } from '../doctor/examine-engines.js';
import { examineDisk, examineMemory, examineNode, examineProcessors } from '../doctor/examine-machine.js';
import { examineNetwork } from '../doctor/examine-network.js';
import { renderFindings, type Finding } from '../doctor/finding.js';
import { describeError } from '../user-error.js';
import { LiveLine } from '../terminal/live-line.js';

interface DoctorOptions {
  network?: string;
  outdir: string;
  engines: boolean;
  json?: boolean;
}

/** `onestep doctor` */
export function doctorCommand(): Command {
  return new Command('doctor')
    .description('look at this machine: versions, threads, memory, what batch fits, disk, engines, and what to do')
    .option('--network <source>', 'diffusion model to estimate the batch size for (default: the Fashion-MNIST teacher)')
    .option('--outdir <folder>', 'where runs are to be', 'runs')
    .option('--no-engines', 'do not try the engines, which takes a while')
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExamples:\n  onestep doctor\n  onestep doctor --network cifar10-uncond --no-engines')
    .action(async ({ network, outdir, engines, json }: DoctorOptions) => {
      const line = new LiveLine(process.stderr);
      const label = network ?? 'the Fashion-MNIST teacher';
      line.update('Looking at the machine...');
      const findings: Finding[] = [
        { name: 'onestep', state: 'ok', found: packageJson.version },
        examineNode(process.version),
        examineProcessors(),
        examineMemory(),
        await examineNetwork(network ?? TEACHER_PATH, label).catch((error: unknown): Finding => ({
          name: 'batch',
          state: 'fault',
          found: describeError(error),
        })),
        await examineDisk('runs', outdir),
        await examineDisk('cache', cacheFolder()),
        ...(engines ? examineEngines(await listEngines({ progress: (name) => line.update(`Trying ${name}...`) })) : []),
      ];
      line.clear();
      console.log(json ? JSON.stringify(findings, null, 2) : renderFindings(findings));
      if (findings.some(({ state }) => state === 'fault')) process.exitCode = 1;
    });
}
