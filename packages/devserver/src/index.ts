export { startDevServer } from './server';
export type { DevServer, DevServerOptions } from './server';
