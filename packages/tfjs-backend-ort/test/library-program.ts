/** Prints the package that ONNX Runtime is loaded from, for the provider that the first argument names. */
import { library } from '../src/runtime/library.js';
import type { Provider } from '../src/runtime/provider.js';

const { name, version } = library(process.argv[2] as Provider);
console.log(`${name} ${version}`);
