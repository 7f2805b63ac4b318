export { LogChecker } from './oracle/checker';
export { digest } from './oracle/digest';
export { Facts } from './oracle/facts';
export { THIRD_WRITER } from './oracle/oracle';
export { checkStates } from './oracle/states';
export { threwAt, watchDecisions } from './oracle/watch';
