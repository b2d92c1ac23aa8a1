import { stylegan2Discriminators } from '../../../parity/checks/stylegan2-discriminators.js';
import { stylegan2Generators } from '../../../parity/checks/stylegan2-generators.js';
import { stylegan2Noise } from '../../../parity/checks/stylegan2-noise.js';
import { describeParity } from '../../../test-support/parity.js';

describeParity(stylegan2Generators, 'stylegan2', /\.safetensors$/);
describeParity(stylegan2Noise, 'training-gan', /^truncation-and-noise.*\.safetensors$/);
describeParity(stylegan2Discriminators, 'training-gan', /^discriminator\.safetensors$/);
