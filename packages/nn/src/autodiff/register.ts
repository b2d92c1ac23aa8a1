// Registers the gradients of tfjs-core's operations, which its entry point for Node lacks.
import '../generated/tfjs-gradients.js';
import './gradients/comparison.js';
import './gradients/convolution.js';
import './gradients/elu.js';
import './gradients/pooling.js';
import './gradients/resize.js';
import './gradients/tile.js';
import { orderTape } from './tape-order.js';

orderTape();
