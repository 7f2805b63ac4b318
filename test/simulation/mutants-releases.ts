import type { Mutant } from './mutants';

const NAMED = 'const type = known?.messageType ?? written;';

/** Planted where one release of the code reads what another one wrote. */
export const releaseMutants: readonly Mutant[] = [
  {
    name: 'a pending deadline is known by its former name only',
    rule: 'what is remembered by type is compared by its name today',
    workloads: ['renamed'],
    changes: [['history/codec', NAMED, "const type = kind === 'armed' ? written : (known?.messageType ?? written);"]],
  },
  {
    name: 'what an operator skipped is known by its former name only',
    rule: 'what is remembered by type is compared by its name today',
    workloads: ['skipped'],
    changes: [['history/codec', NAMED, "const type = kind === 'parked' ? written : (known?.messageType ?? written);"]],
  },
  {
    name: 'what was taken in is known by its former name only',
    rule: 'what is remembered by type is compared by its name today',
    workloads: ['renamed', 'skipped'],
    changes: [['history/codec', NAMED, "const type = kind === 'took' ? written : (known?.messageType ?? written);"]],
  },
  {
    name: 'a row whose key today is not to be made blocks its actor',
    rule: 'the key that stands in a row holds',
    workloads: ['another-key'],
    changes: [
      [
        'history/codec',
        'message && inputs.get(message.type)?.once?.(message);\n    }\n    catch {\n        return undefined;',
        'message && inputs.get(message.type)?.once?.(message);\n    }\n    catch (error) {\n        throw error;',
      ],
    ],
  },
  {
    name: 'what was taken in lacks the defaults of its schema',
    rule: 'a row is read alike from the log and from the stream of its actor',
    workloads: ['defaults'],
    changes: [['messages/message', 'schema ? (0, schema_1.completed)(message.messageType, schema, now) : now', 'now']],
  },
  {
    name: 'a row is compared without the defaults of its schema',
    rule: 'a row is compared as a new copy is read',
    workloads: ['defaults'],
    changes: [['history/codec', 'changed ? (0, canonical_json_1.canonical)(message) : row.data', 'row.data']],
  },
  {
    name: 'one checkpoint of deadlines, whatever their types',
    rule: 'a checkpoint holds for the types that its code takes',
    workloads: ['rollback'],
    changes: [
      [
        'deadlines/clock',
        'return (0, actor_consumer_1.checkpointName)(`${definition.name}:deadlines`, (0, definition_1.deadlinesOf)(definition), runtime);',
        'return `${definition.name}:deadlines`;',
      ],
    ],
  },
  {
    name: 'one checkpoint of a saga, whatever its types',
    rule: 'a checkpoint holds for the types that its code takes',
    schedules: ['new_type'],
    workloads: ['upgrade', 'renamed'],
    changes: [
      [
        'consumers/actor-consumer',
        "const all = [...types].sort().join('+');",
        "const all = saga.includes(':') ? [...types].sort().join('+') : '';",
      ],
    ],
  },
  {
    name: 'an older fold goes on in the rows of a newer one',
    seen: 316,
    rule: 'rows are made by one version of their fold',
    workloads: ['another-fold'],
    changes: [
      ['projections/worker', ' && version === (0, generation_1.foldVersion)(this.definition)', ''],
      ['projections/projection', 'this.folds = version === today && !isBuilt;', 'this.folds = !isBuilt;'],
    ],
  },
  {
    name: 'a newer fold goes on in the rows of an older one',
    seen: 188,
    rule: 'rows are made by one version of their fold',
    workloads: ['another-fold'],
    changes: [
      ['projections/projection', 'const isBuilt = version < today || ', 'const isBuilt = '],
      ['projections/projection', 'this.folds = version === today && !isBuilt;', 'this.folds = !isBuilt;'],
      ['projections/worker', ' && version === (0, generation_1.foldVersion)(this.definition)', ''],
    ],
  },
  {
    name: 'a class that was renamed begins anew',
    rule: 'the streams of a class keep its first name',
    workloads: ['aliased'],
    changes: [['actors/decorators', 'name: names.at(-1), names', 'name: names[0], names']],
  },
];
