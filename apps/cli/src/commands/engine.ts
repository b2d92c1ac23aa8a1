import { relative } from 'node:path';
import { Argument, Command } from 'commander';
import { BackendError } from '@onestep/backends';
import {
  enginesFolder,
  installEngine,
  type InstalledEngine,
  listEngines,
  PREPARED_ENGINES,
  type PreparedEngine,
} from '@onestep/backends/install';
import { engineTable } from '../engines/engine-table.js';
import { installProgress } from '../engines/install-progress.js';
import { withInterrupt } from '../interrupt.js';
import { LiveLine } from '../terminal/live-line.js';
import { UserError } from '../user-error.js';

/** `onestep engine` */
export function engineCommand(): Command {
  return new Command('engine')
    .description('the engines that compute: which of them work here, and preparing those that npm cannot install')
    .addCommand(listCommand())
    .addCommand(installCommand());
}

function listCommand(): Command {
  return new Command('list')
    .description('try every engine on this machine, each in a process of its own, and say what is missing')
    .option('--json', 'print JSON')
    .action(async ({ json = false }: { json?: boolean }) => {
      const line = new LiveLine(process.stderr);
      const engines = await listEngines({ progress: (name) => line.update(`Trying ${name}...`) });
      line.clear();
      console.log(json ? JSON.stringify(engines, null, 2) : engineTable(engines));
    });
}

interface InstallFlags {
  cuda?: boolean;
  dir?: string;
  wheel?: string[];
  tensorflow?: string;
  force?: boolean;
}

function installCommand(): Command {
  return new Command('install')
    .description('prepare TensorFlow, or ONNX Runtime with CUDA, in a folder of its own; Python is not needed')
    .addArgument(new Argument('<engine>', 'what to prepare').choices(PREPARED_ENGINES))
    .option('--cuda', 'with NVIDIA’s libraries, for a GPU: downloads 3.4 GB (tensorflow; ort-cuda always has them)')
    .option('--dir <folder>', 'the folder of all engines; default: $ONESTEP_ENGINES, or one in the cache folder')
    .option('--wheel <file...>', 'wheels on this machine, which are then not downloaded')
    .option('--tensorflow <folder>', 'use the TensorFlow of a Python installation: its folder site-packages/tensorflow')
    .option('--force', 'install again what is ready')
    .action(async (engine: PreparedEngine, flags: InstallFlags) => {
      checkFlags(engine, flags);
      console.log(conclusion(engine, await install(engine, flags)));
    });
}

/** @throws UserError where options do not go together */
function checkFlags(engine: PreparedEngine, { cuda, tensorflow, wheel }: InstallFlags): void {
  if (engine === 'ort-cuda' && tensorflow !== undefined) {
    throw new UserError('--tensorflow is an option of: onestep engine install tensorflow.', 2);
  }
  if (tensorflow === undefined) return;
  if (wheel !== undefined) throw new UserError('Give --wheel or --tensorflow, not both.', 2);
  if (cuda) {
    throw new UserError(
      '--tensorflow takes the libraries of that installation, with CUDA or without: leave --cuda out.',
      2,
    );
  }
}

async function install(engine: PreparedEngine, flags: InstallFlags): Promise<InstalledEngine> {
  const { cuda, dir: folder, wheel: wheels, tensorflow, force } = flags;
  const report = installProgress();
  try {
    return await withInterrupt((signal) =>
      installEngine(engine, { cuda, folder, wheels, tensorflow, force, signal, report }),
    );
  } catch (error) {
    report.end();
    throw error instanceof BackendError ? new UserError(error.message) : error;
  }
}

function conclusion(engine: PreparedEngine, { folder, record, probe, wasReady }: InstalledEngine): string {
  const name = `${engine}${record.cuda && engine === 'tensorflow' ? ' with CUDA' : ''}`;
  const ready = wasReady
    ? `${name} is ready since ${record.date.slice(0, 10)}: ${folder} (--force installs it again).\n`
    : '';
  if (!probe.starts) return `${ready}It does not start on this machine: ${probe.problem}`;
  const isElsewhere = relative(enginesFolder(), folder) !== engine;
  const where = isElsewhere ? ` ONESTEP_ENGINES=${folder.slice(0, -engine.length - 1)}, and` : '';
  return `${ready}${probe.description}\nTo use it:${where} --backend ${engine}`;
}
