declare module '*/tfjs-gradients.js';
