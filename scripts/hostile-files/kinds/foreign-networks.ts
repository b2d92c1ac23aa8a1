import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { HostileKind } from '../hostile-kind.js';
import { readNetwork } from './networks.js';

/** Small networks as other projects save them, beside the checkout. */
const FOLDER = fileURLToPath(new URL('../../../../shared/fixtures/checkpoints/', import.meta.url));

/** One file, with the settings that the fixtures give. */
function single(name: string, beside: readonly string[] = []): HostileKind {
  return {
    name: `network: ${name}`,
    files: Object.fromEntries([name, ...beside].map((file) => [file, readFileSync(join(FOLDER, file))])),
    target: name,
    entry: name,
    read: readNetwork,
  };
}

/** A folder of diffusers, of which one file is changed. */
function inFolder(folder: string, target: string): HostileKind {
  const names = readdirSync(join(FOLDER, folder), { recursive: true, encoding: 'utf8' }).filter((name) =>
    name.includes('.'),
  );
  return {
    name: `network: ${folder}, ${target}`,
    files: Object.fromEntries(names.map((name) => [name, readFileSync(join(FOLDER, folder, name))])),
    target,
    entry: '.',
    read: readNetwork,
  };
}

/** Networks of other projects. There are none where the reference numbers are absent. */
export function foreignNetworkKinds(): HostileKind[] {
  if (!existsSync(FOLDER)) return [];
  const guided = 'guided-diffusion-imagenet-like';
  const consistency = 'consistency-models-imagenet-like';
  return [
    inFolder('diffusers-ddpm', 'config.json'),
    inFolder('diffusers-ddpm', 'scheduler_config.json'),
    inFolder('diffusers-ddpm', 'diffusion_pytorch_model.safetensors'),
    inFolder('diffusers-ddim-class-cond', 'unet/config.json'),
    inFolder('diffusers-ddim-class-cond', 'model_index.json'),
    single(`${guided}.pt`, [`${guided}.json`]),
    { ...single(`${guided}.json`, [`${guided}.pt`]), entry: `${guided}.pt` },
    single(`${consistency}.pt`, [`${consistency}.json`]),
    single('bare-ddpmpp.pt'),
    single('bare-adm.safetensors'),
    single('bare-fastgen.pth'),
    single('network-snapshot-1.200000-102400.pkl'),
    single('network-snapshot-0000800-0.100.pkl'),
  ];
}
