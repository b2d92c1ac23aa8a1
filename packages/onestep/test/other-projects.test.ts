import { checkpoints } from '../../../parity/checks/checkpoints.js';
import { describeParity } from '../../../test-support/parity.js';

describeParity(
  checkpoints,
  'checkpoints',
  /^(diffusers|consistency|guided|network-snapshot-0000800).*\.expected\.safetensors$/,
);
