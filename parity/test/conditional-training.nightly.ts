import { fileURLToPath } from 'node:url';
import { describeParityIn } from '../../test-support/parity.js';
import { diffInstructTraining } from '../checks/diff-instruct-training.js';

const FOLDER = fileURLToPath(new URL('data', import.meta.url));
const TITLE = 'Diff-Instruct with labels that both phases share, in micro-batches, of our own PyTorch program';

describeParityIn(diffInstructTraining, FOLDER, TITLE, /^diff-instruct-.*\.safetensors$/);
