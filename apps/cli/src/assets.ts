import { fileURLToPath } from 'node:url';
import { MODELS } from 'onestep';

/** The Fashion-MNIST teacher that comes with the program. */
export const TEACHER_PATH = fileURLToPath(MODELS['fashion-mnist'].teacher.url);
