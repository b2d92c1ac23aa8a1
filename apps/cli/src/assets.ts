import { fileURLToPath } from 'node:url';

// One folder up is the package's root, both from src/ and from the bundle in dist/.
const asset = (name: string) => fileURLToPath(new URL(`../assets/${name}`, import.meta.url));

/** The Fashion-MNIST teacher that comes with the program; its card is `assets/README.md`. */
export const TEACHER_PATH = asset('fashion-mnist-teacher.safetensors');
