export type { WhenOptions } from './journal';
export { refuseOpenSpecs } from './open';
export { spec } from './spec';
export type { Arranged, Arrived } from './spec';
