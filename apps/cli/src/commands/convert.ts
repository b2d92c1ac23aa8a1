import { stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Command } from 'commander';
import { safetensorsToTorch, type Safetensors } from '@onestep/checkpoint';
import { writeSafetensors, writeTorchFile } from '@onestep/checkpoint/node';
import { networkPath } from '../networks/network-source.js';
import { readCheckpoint } from '../networks/read-checkpoint.js';
import { UserError } from '../user-error.js';

/** What can be written, by the ending of the file's name. */
const WRITERS: Record<string, (path: string, contents: Safetensors) => Promise<void>> = {
  '.safetensors': writeSafetensors,
  '.pth': (path, contents) => writeTorchFile(path, safetensorsToTorch(contents, path)),
};

/** `onestep convert` */
export function convertCommand(): Command {
  return new Command('convert')
    .description('turn files of weights into one another: .pkl, .pth and .safetensors into .safetensors or .pth')
    .argument('<source>', 'a file, its URL, or the name of a published network')
    .argument('<dest>', 'the file to write; its ending says which kind')
    .option('--overwrite', 'replace the destination if it exists')
    .action(async (source: string, dest: string, { overwrite }: { overwrite?: boolean }) => {
      const write = WRITERS[/\.[^./\\]*$/.exec(dest)?.[0] ?? ''];
      if (write === undefined) {
        throw new UserError(`${dest} must end in ${Object.keys(WRITERS).join(' or ')}: that says what to write.`, 2);
      }
      await checkDestination(dest, overwrite);
      const contents = await readCheckpoint(await networkPath(source));
      await write(dest, contents);
      console.log(`${dest}: ${Object.keys(contents.tensors).length} tensors, ${(await stat(dest)).size} bytes`);
    });
}

/** @throws UserError if something stands in the way; before any work */
async function checkDestination(dest: string, overwrite = false): Promise<void> {
  const folder = await stat(dirname(dest)).catch(() => null);
  if (folder === null || !folder.isDirectory()) throw new UserError(`There is no folder ${dirname(dest)} for ${dest}.`);
  const existing = await stat(dest).catch(() => null);
  if (existing?.isDirectory()) throw new UserError(`${dest} is a folder, and a file is to be written.`);
  if (existing !== null && !overwrite) {
    throw new UserError(`${dest} exists. Give --overwrite to replace it, or another name.`);
  }
}
