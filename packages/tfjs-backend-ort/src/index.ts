/**
 * Importing this package registers the TensorFlow.js backend 'ort'.
 *
 * @packageDocumentation
 */
import { register } from './register.js';

register();

export { OrtBackend, type Counters } from './backend.js';
export { configure, type OrtOptions } from './options.js';
