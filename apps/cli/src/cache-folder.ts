export { cacheFolder } from 'onestep/node';
