/** Texts in capitals that are no codes. */
export const NO_CODES: readonly string[] = ['NODE_ENV'];

interface Elsewhere {
  readonly why: string;
  /** The test that raises it; undefined where this machine cannot. */
  readonly test?: string;
}
const server = (why: string, test = 'failure'): Elsewhere => ({ why, test: `packages/eventstore-client/test/${test}.test.ts` });

/** Codes that the table does not raise, each with the reason. */
export const ELSEWHERE: Readonly<Record<string, Elsewhere>> = {
  SIMULATION_UNSTABLE: {
    why: 'takes an actor that remembers, over many schedules',
    test: 'packages/testing/test/simulate/simulate.test.ts',
  },
  SPEC_WITHOUT_ASSERTION: { why: 'is raised after a test has ended', test: 'packages/testing/test/spec/spec.test.ts' },
  SPEC_RELOAD_DIFFERS: {
    why: 'takes a class of messages that reads otherwise than it was written',
    test: 'packages/testing/test/spec/promises.test.ts',
  },
  MESSAGE_NEWER_VERSION: {
    why: 'guards the framework itself: a row that is newer than the code is not read',
    test: 'packages/core/test/messages/message.test.ts',
  },
  SPEC_ANSWER_DIFFERS: { why: 'guards the framework itself: a refusal is cut where it is made, so answers cannot differ any more' },
  SPEC_NOT_A_MESSAGE: { why: 'guards the framework itself: SPEC_NOT_TAKEN comes first' },
  SPEC_RUNTIME: { why: 'guards the framework itself: no flow of a spec waits' },
  ANSWER_NOT_DECLARED: { why: 'is the reason of a park, not an error that is thrown', test: 'test/cases/outside-waits.test.ts' },
  CALL_CUT_OFF: { why: 'is the reason of a park, not an error that is thrown', test: 'test/cases/outside-waits.test.ts' },
  CALL_TIMEOUT: { why: 'is the reason of a park, not an error that is thrown', test: 'test/cases/outside-waits.test.ts' },
  STORE_ACCESS_DENIED: server('needs a server that knows users'),
  STORE_POSITION: server('needs a log beyond 2^53', 'rows'),
  STORE_REFUSED: server('needs a server that refuses what the client takes for good'),
  STORE_SERVER_TOO_OLD: server('needs a server of before 22.6', 'rows'),
  STORE_STREAM_DELETED: server('needs a tombstone', 'faults-streams'),
  STORE_TORN_APPEND: server('needs a server that stores half of an append', 'faults-streams'),
  STORE_UNSUPPORTED: server('needs a server that lacks a call'),
  STORE_DISK_FULL: { why: 'needs a disk that is full', test: 'packages/sqlite/test/fail-stop.test.ts' },
  COPY_DAMAGED: { why: 'takes a copy of a log', test: 'test/cases/copies.test.ts' },
  COPY_NEWER: { why: 'takes a copy of a log', test: 'test/cases/copies.test.ts' },
  STORE_NOT_COPIED: { why: 'takes a server', test: 'test/cases/copies.test.ts' },
  STORE_NOT_EMPTY: { why: 'takes a copy of a log', test: 'test/cases/copies.test.ts' },
  STORE_STREAM_CUT: { why: 'needs a stream that others truncate', test: 'test/cases/stream-cut.test.ts' },
  STORE_FILE_EXISTS: { why: 'takes a backup', test: 'packages/sqlite/test/in-place.test.ts' },
  STORE_FILE_MISSING: { why: 'takes a backup', test: 'packages/sqlite/test/in-place.test.ts' },
  STORE_FILE_REPLACED: { why: 'needs a file that is replaced while it is open', test: 'packages/sqlite/test/in-place.test.ts' },
  STORE_FILE_WITHOUT_WAL: { why: 'needs a copy of a file that is open', test: 'packages/sqlite/test/in-place.test.ts' },
  STORE_IO: { why: 'needs a disk that fails', test: 'packages/sqlite/test/fail-stop.test.ts' },
  STORE_FILE_NO_WAL: { why: 'needs a file system that cannot share memory between processes' },
  STORE_LOST_WRITER: { why: 'is told inside of STORE_UNKNOWN_OUTCOME and STORE_FAILED, which the table has' },
  WAYBILL_OLD_SQLITE: { why: 'is a warning of the process, not an error, and stays away where SQLite is new' },
};
