import * as tf from '@tensorflow/tfjs-core';
import { registerSecondDerivative, runKernel } from './register-gradient.js';

type Pad = 'valid' | 'same' | number | tf.backend_util.ExplicitPadding;
type Rounding = 'floor' | 'round' | 'ceil';

interface ConvolutionAttrs {
  strides: [number, number] | number;
  pad: Pad;
  dataFormat: 'NHWC' | 'NCHW';
  dimRoundingMode?: Rounding;
}

interface DepthwiseAttrs {
  strides: [number, number] | number;
  pad: Pad;
  dilations: [number, number] | number;
  dimRoundingMode?: Rounding;
}

// A convolution y = C(x, w) is linear in x and in w. So are its gradients C'(dy, w) with respect to x and C"(x, dy)
// with respect to w, and <C(x, w), dy> = <x, C'(dy, w)> = <w, C"(x, dy)>. tfjs has the gradient of C' only.

registerSecondDerivative(
  'Conv2DBackpropFilter',
  ['x', 'dy'],
  (dFilter, { x, dy }, { strides, pad, dataFormat, dimRoundingMode }: ConvolutionAttrs) => ({
    x: () =>
      runKernel(
        'Conv2DBackpropInput',
        { dy, filter: dFilter },
        { strides, pad, dataFormat, dimRoundingMode, inputShape: x.shape },
      ),
    dy: () => tf.conv2d(x, dFilter, strides, pad, dataFormat, 1, dimRoundingMode),
  }),
);

registerSecondDerivative(
  'DepthwiseConv2dNativeBackpropInput',
  ['dy', 'filter'],
  (dInput, { dy, filter }, { strides, pad, dilations, dimRoundingMode }: DepthwiseAttrs) => ({
    dy: () => tf.depthwiseConv2d(dInput, filter, strides, pad, 'NHWC', dilations, dimRoundingMode),
    filter: () =>
      runKernel(
        'DepthwiseConv2dNativeBackpropFilter',
        { x: dInput, dy },
        { strides, pad, dilations, dimRoundingMode, filterShape: filter.shape },
      ),
  }),
);

registerSecondDerivative(
  'DepthwiseConv2dNativeBackpropFilter',
  ['x', 'dy'],
  (dFilter, { x, dy }, { strides, pad, dilations, dimRoundingMode }: DepthwiseAttrs) => ({
    x: () =>
      runKernel(
        'DepthwiseConv2dNativeBackpropInput',
        { dy, filter: dFilter },
        { strides, pad, dilations, dimRoundingMode, inputShape: x.shape },
      ),
    dy: () => tf.depthwiseConv2d(x, dFilter, strides, pad, 'NHWC', dilations, dimRoundingMode),
  }),
);
