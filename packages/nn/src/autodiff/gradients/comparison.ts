import * as tf from '@tensorflow/tfjs-core';

// Gradients choose with masks, as that of a clipped value does where it was not clipped. A mask is constant almost
// everywhere. tfjs has this gradient for GreaterEqual only, so that the others would stop a second derivative.
for (const kernelName of ['Equal', 'Greater', 'Less', 'LessEqual', 'LogicalAnd', 'LogicalOr', 'NotEqual']) {
  tf.registerGradient({
    kernelName,
    inputsToSave: ['a', 'b'],
    gradFunc: (_, [a, b]) => ({ a: () => tf.zeros(a!.shape), b: () => tf.zeros(b!.shape) }),
  });
}

tf.registerGradient({
  kernelName: 'LogicalNot',
  inputsToSave: ['x'],
  gradFunc: (_, [x]) => ({ x: () => tf.zeros(x!.shape) }),
});
