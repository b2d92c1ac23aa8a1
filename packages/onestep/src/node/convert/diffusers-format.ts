import { mkdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import {
  syncFolder,
  temporaryPath,
  forgetTemporary,
  writeFileAtomically,
  writeSafetensors,
} from '@onestep/checkpoint/node';
import { writeDiffusers } from '@onestep/ddpm';
import { openNetworkSnapshot } from './open-network-snapshot.js';
import type { OutputFormat } from './output-format.js';

/** A folder that diffusers loads: `UNet2DModel.from_pretrained`, and the scheduler's class. */
export const diffusersFormat: OutputFormat = {
  ending: '/',
  about: 'a folder for diffusers: config.json, scheduler_config.json, diffusion_pytorch_model.safetensors',
  matches: (dest) => /[\\/]$/.test(dest),
  isFolder: true,
  uses: ['settings', 'initSigma'],
  async write({ path, dest, options }) {
    const { snapshot, note } = await openNetworkSnapshot(path, options);
    const { config, scheduler, weights } = writeDiffusers(snapshot, path);
    const folder = dest.replace(/[\\/]+$/, '');
    await replaceFolder(folder, async (temporary) => {
      await writeFileAtomically(join(temporary, 'config.json'), toJson(config));
      await writeFileAtomically(join(temporary, 'scheduler_config.json'), toJson(scheduler));
      await writeSafetensors(join(temporary, 'diffusion_pytorch_model.safetensors'), weights);
    });
    const count = Object.keys(weights.tensors).length;
    return [
      `${dest}: UNet2DModel with ${String(scheduler._class_name)}, ${count} tensors, for from_pretrained of diffusers`,
      ...(note === null ? [] : [note]),
    ];
  },
};

/** Fills a folder under a temporary name, and gives it its name when it is complete. A folder with the name is replaced. */
async function replaceFolder(folder: string, fill: (temporary: string) => Promise<void>): Promise<void> {
  const [temporary, old] = [temporaryPath(folder), temporaryPath(folder)];
  try {
    await mkdir(temporary);
    await fill(temporary);
    await syncFolder(temporary);
    await rename(folder, old).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOENT') throw error;
    });
    await rename(temporary, folder);
  } finally {
    for (const path of [temporary, old]) {
      await rm(path, { recursive: true, force: true });
      forgetTemporary(path);
    }
  }
}

function toJson(value: object): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}
