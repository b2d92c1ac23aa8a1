import { startBackend } from '@onestep/backends';
import { dmd2Training } from '../../../parity/checks/dmd2-training.js';
import { fDistillTraining } from '../../../parity/checks/f-distill-training.js';
import { describeParity } from '../../../test-support/parity.js';

// On the engine that is fastest for networks this small; the other files, and ONNX Runtime, are nightly.
const start = async () => void (await startBackend('wasm'));
describeParity(dmd2Training, 'training-adversarial', /^dmd2-official/, start);
describeParity(fDistillTraining, 'training-adversarial', /^f-distill-(weights|js)/, start);
