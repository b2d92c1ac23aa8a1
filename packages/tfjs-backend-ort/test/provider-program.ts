/** Program of the tests: starts the backend with the options in the environment, and prints the outcome. */
import { configure, type OrtBackend } from '../src/index.js';
import { tf } from './support.js';

let refused = null;
try {
  configure();
} catch (error) {
  refused = (error as Error).message;
}
const started = await tf.setBackend('ort');
const provider = started ? (tf.backend() as OrtBackend).options.provider : null;
console.log(JSON.stringify({ refused, started, provider }));
