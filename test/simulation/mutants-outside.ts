import type { Mutant } from './mutants';

/** Planted around calls to the outside. */
export const outsideMutants: readonly Mutant[] = [
  {
    name: 'two operators make the same call at once',
    rule: 'of those who retry a call, the first to claim it makes it',
    workloads: ['telegrams'],
    changes: [['parking/handler', "if (claimed.kind === 'duplicate')\n            return claimed;", '']],
  },
  {
    name: 'a call that waits for its next try keeps its place in the window',
    rule: 'what waits gives way',
    workloads: ['bad-address'],
    changes: [['consumers/handler', 'this.backlog.giveWay().catch(', 'Promise.resolve().catch(']],
  },
];
