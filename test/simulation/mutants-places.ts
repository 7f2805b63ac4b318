import type { Mutant } from './mutants';

/** Planted where a place is kept apart from what it is the place of. */
export const placeMutants: readonly Mutant[] = [
  {
    name: 'the checkpoint of views apart stands with the log',
    rule: 'a place lives with what it is the place of',
    workloads: ['apart'],
    changes: [['projections/worker', 'const apart = views.apart ?', 'const apart = false ?']],
  },
  {
    name: 'nobody asks whether the log still holds what a view has seen',
    rule: 'views that are ahead of their log are refused',
    workloads: ['ahead'],
    changes: [['projections/view-checkpoint', 'if (seen && this.log.holds && !(await this.log.holds(seen)))', 'if (false)']],
  },
  {
    name: 'a view does not say how far its rows may have come',
    rule: 'views that are ahead of their log are refused',
    workloads: ['ahead'],
    changes: [['projections/view-checkpoint', 'const at = { ...known.at, seen: newest };', 'const at = { ...known.at };']],
  },
];
