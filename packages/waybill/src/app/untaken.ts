import { namesOf } from '@waybill/core/internal';
import type { Definition } from '@waybill/core/internal';

/** A command that a saga sends and that no aggregate of this app takes. */
export interface Untaken {
  readonly consumer: string;
  readonly type: string;
  readonly fix: string;
}

/** By what the sagas declare in `sends`. Another app may take them: then all is well. */
export function untakenOf(definitions: readonly Definition[]): readonly Untaken[] {
  const taken = new Set(definitions.flatMap((one) => (one.kind === 'aggregate' ? [...one.inputs.keys()] : [])));
  return definitions.flatMap((one) =>
    one.kind === 'saga'
      ? [...one.sends.values()]
          .filter((command) => !namesOf(command).some((name) => taken.has(name)))
          .map(({ messageType: type }) => ({ consumer: one.name, type, fix: fixOf(type) }))
      : [],
  );
}

function fixOf(type: string): string {
  return `add the aggregate that takes ${type} to use; if it is in another app, with fromLog: true there, all is well`;
}
