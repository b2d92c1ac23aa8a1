// Trains the network that the toy's students and score networks begin with:
//   node --conditions=@onestep/source --import tsx apps/web/scripts/train-toy-network.ts
import { fileURLToPath } from 'node:url';
import { startBackend } from '@onestep/backends';
import { writeSafetensors } from '@onestep/checkpoint/node';
import { trainedDenoiser } from '../../../test-support/eight-gaussians.js';

await startBackend('ort');
const network = trainedDenoiser(1500, 128);
const { kind: _kind, ...mlp } = network.settings;
const path = fileURLToPath(new URL('../assets/eight-gaussians-denoiser.safetensors', import.meta.url));
await writeSafetensors(path, { tensors: await network.module.stateDict(), metadata: { mlp: JSON.stringify(mlp) } });
console.log(path);
