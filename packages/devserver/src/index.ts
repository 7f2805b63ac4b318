export { startDevServer } from './server';
export type { DevServer, DevServerOptions } from './server';
export type { Drop, Fault, FaultCall, Faults } from './calls/faults';
