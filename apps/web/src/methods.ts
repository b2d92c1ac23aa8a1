export { METHODS } from 'onestep';
