export { windowState } from './state.js';
