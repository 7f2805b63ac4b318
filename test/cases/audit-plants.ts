import type { AuditOptions, Invariant } from 'waybill';
import { USE } from './audit-log';
import type { RawRow, Surgeon } from './surgeon';

export const USED: AuditOptions = { use: USE };
export const DECIDED: AuditOptions = { use: USE, decisions: true };
/** What can be found without its classes is found in each of these ways. */
export const ANY: readonly AuditOptions[] = [{}, { actors: 2 }, USED];
const causeOf = (row: RawRow) => (JSON.parse(row.meta) as { cause: { id: string; source: string; position: number } }).cause;
/** The meta of a row that names this one as its cause. */
const by = ({ id, position }: RawRow, source: string, more: object = {}) => JSON.stringify({ cause: { id, source, position }, ...more });

export type Plant = readonly [
  title: string,
  invariant: Invariant,
  alter: (s: Surgeon) => RawRow | undefined | void,
  options?: AuditOptions,
];

/** What is returned is the row that must be named. */
export const plants: readonly Plant[] = [
  ['a row in the middle of an actor is gone', 'versions', (s) => (s.cut(s.row('jobs-a', 3)), s.row('jobs-a', 4))],
  [
    'two rows of an actor have changed places',
    'versions',
    (s) => {
      const [one, other] = [s.row('jobs-a', 9), s.row('jobs-a', 10)];
      s.set(one, { version: 99 });
      s.set(other, { version: 9 });
      s.set({ ...one, version: 99 }, { version: 10 });
      return s.row('jobs-a', 10);
    },
  ],
  ['the first rows of an open actor are gone', 'versions', (s) => s.behead('jobs-a', s.row('jobs-a', 0), s.row('jobs-a', 1))],
  ['an event of a producer is gone', 'versions', (s) => (s.cut(s.row('feed', 3)), s.row('feed', 4))],
  ['the row that closed an actor is gone', 'versions', (s) => (s.cut(s.row('jobs-d', 'took:~closed')), s.row('jobs-d', 6))],
  ['the row that closed a truncated actor is gone', 'versions', (s) => s.behead('jobs-c', s.row('jobs-c', 'took:~closed'))],
  ['a row that was taken in names no cause', 'rows', (s) => (s.set(s.row('jobs-e', 0), { meta: '{}' }), s.row('jobs-e', 0))],
  ['the meta of a row is cut off', 'rows', (s) => (s.set(s.row('jobs-e', 0), { meta: '{"cause":{"id"' }), s.row('jobs-e', 0))],
  [
    'a parked row has a state that there is not',
    'rows',
    (s) => (s.meta(s.row('jobs-d', 3), (m) => (m['park'] = 'resting')), s.row('jobs-d', 3)),
  ],
  [
    'the cause of a row has another id',
    'rows',
    (s) => (s.meta(s.row('jobs-e', 0), (m) => ((m['cause'] as { id: string }).id = 'other')), s.row('jobs-e', 0)),
  ],
  ['the cause of a row is of another type', 'rows', (s) => (s.set(s.row('jobs-e', 0), { type: 'took:Begun' }), s.row('jobs-e', 0))],
  [
    'the log holds no row where the cause of one should be',
    'rows',
    (s) => (s.meta(s.row('jobs-e', 0), (m) => ((m['cause'] as { position: number }).position = 71)), s.row('jobs-e', 0)),
  ],
  ['a row of an actor stands in the stream of a producer', 'rows', (s) => s.append('feed', { ...s.row('jobs-e', 0) })],
  [
    'an event without a cause stands in the stream of an actor',
    'rows',
    (s) => s.append('jobs-e', { type: 'Finished', data: '{}', meta: '{}' }),
  ],
  ['nobody signed for a skip', 'rows', (s) => (s.meta(s.row('jobs-a', 18), (m) => delete m['by']), s.row('jobs-a', 18))],

  ['a message was taken in twice', 'I1', (s) => s.append('jobs-e', s.row('jobs-e', 0))],
  ['a command was taken in twice', 'I1', (s) => s.append('warehouse-x', s.row('warehouse-x', 0))],
  ['a call has two attempts', 'I1', (s) => s.append('calls:2', s.row('calls:2', 0))],
  [
    'a message was taken in after it was parked, without a release',
    'I1',
    (s) => {
      const parked = s.row('jobs-a', 17);
      return s.append('jobs-a', { type: 'took:Step', data: parked.data, meta: JSON.stringify({ cause: causeOf(parked) }) });
    },
  ],
  [
    'a business key was taken in twice, from two messages',
    'I2',
    (s) => {
      const again = s.append('feed', { type: 'Step', data: '{"of":"e","n":0}', meta: '{}' });
      return s.append('jobs-e', { type: 'took:Step', data: '{"n":0,"of":"e"}', meta: by(again, s.logId, { once: 0 }) });
    },
  ],
  [
    'what is once per actor was taken in twice',
    'I2',
    (s) => {
      const again = s.append('feed', { type: 'Begun', data: '{"of":"b","steps":3}', meta: '{}' });
      return s.append('jobs-b', { type: 'took:Begun', data: '{"of":"b","steps":3}', meta: by(again, s.logId, { once: '' }) });
    },
  ],
  [
    'a message that the checkpoint has passed left no row, and is no duplicate',
    'I2',
    (s) => (s.set(s.row('feed', 24), { data: '{"of":"b","n":8}' }), s.row('feed', 24)),
    USED,
  ],
  [
    'a message was passed by a later one of its type, and is no duplicate',
    'I2',
    (s) => (s.set(s.row('feed', 5), { data: '{"of":"a","n":6}' }), s.row('feed', 5)),
    USED,
  ],
  ['a call that may be made once has no attempt', 'I2', (s) => (s.cut(s.row('calls:2', 0)), s.row('feed', 1)), USED],
  [
    'a message without a key left no row',
    'I2',
    (s) => {
      for (const row of s.rows('jobs:parked')) s.cut(row);
      return s.row('feed', 12);
    },
    USED,
  ],

  [
    'what was taken in is not what was sent',
    'I3',
    (s) => (s.set(s.row('jobs-e', 0), { data: '{"n":0,"of":"e","bad":true}' }), s.row('jobs-e', 0)),
    USED,
  ],
  [
    'what was released is not what was parked',
    'I3',
    (s) => (s.set(s.row('jobs-a', 10), { data: '{"more":1,"n":2,"of":"a"}' }), s.row('jobs-a', 10)),
    USED,
  ],
  [
    'a parked message is not the one that was sent',
    'I3',
    (s) => (s.set(s.row('jobs-a', 3), { data: '{"more":1,"n":1,"of":"a"}' }), s.row('jobs-a', 3)),
    USED,
  ],
  [
    'an effect has another content than its cause leads to',
    'I3',
    (s) => (s.set(s.row('jobs-a', 'Finished'), { data: '{"of":"a","steps":4}' }), s.row('jobs-a', 'Finished')),
    DECIDED,
  ],
  ['a deadline is due at another time', 'I3', (s) => (s.meta(s.row('jobs-b', 2), (m) => (m['due'] = 7)), s.row('jobs-b', 2)), DECIDED],
  [
    'a refusal was struck out',
    'I3',
    (s) => (s.meta(s.row('warehouse-x', 2), (m) => delete m['refused']), s.row('warehouse-x', 2)),
    DECIDED,
  ],
  ['a refusal was put in', 'I3', (s) => (s.meta(s.row('warehouse-x', 0), (m) => (m['refused'] = 'no')), s.row('warehouse-x', 0)), DECIDED],
  [
    'an effect was added to one append',
    'I3',
    (s) => {
      s.run('DELETE FROM events WHERE position > ?', s.row('jobs-e', 0).position);
      s.run('UPDATE checkpoints SET position = 1');
      const added = s.append('jobs-e', { type: 'CameLate', data: '{"n":0,"of":"e"}', meta: by(s.row('feed', 25), s.logId) });
      s.set(added, { time: s.row('jobs-e', 0).time });
      return added;
    },
    DECIDED,
  ],

  [
    'causes of one type stand in another order than in their log',
    'I5',
    (s) => {
      const [one, other] = [s.row('jobs-a', 16), s.row('jobs-a', 17)];
      s.set(one, { meta: other.meta, data: other.data });
      s.set(other, { meta: one.meta, data: one.data });
      return s.row('jobs-a', 17);
    },
    // With its classes, the message that was passed by is found first.
    { actors: 9 },
  ],
  [
    'a row took in a message that stands behind it',
    'I5',
    (s) => {
      const later = s.append('feed', { type: 'Step', data: '{"of":"e","n":0}', meta: '{}' });
      s.set(s.row('jobs-e', 0), { meta: by(later, s.logId, { once: 0 }) });
      return s.row('jobs-e', 0);
    },
  ],
  [
    'a message was taken in past the one that is parked before it',
    'I5',
    (s) => {
      s.set(s.row('jobs-a', 3), { type: 'took:Step' });
      s.meta(s.row('jobs-a', 3), (m) => delete m['park']);
      return s.row('jobs-a', 3);
    },
  ],
  [
    'a parked message was released before the one that stands before it',
    'I5',
    (s) => {
      s.set(s.row('jobs-a', 8), { meta: s.row('jobs-a', 9).meta, data: s.row('jobs-a', 9).data });
      return s.row('jobs-a', 8);
    },
  ],

  [
    'an effect names another cause than the row before it',
    'I6',
    (s) => (s.meta(s.row('warehouse-x', 1), (m) => ((m['cause'] as { id: string }).id = 'clear-9')), s.row('warehouse-x', 1)),
  ],
  [
    'an effect stands behind a refused command',
    'I6',
    (s) => s.append('warehouse-x', { ...s.row('warehouse-x', 1), meta: s.row('warehouse-x', 2).meta }),
  ],
  [
    'an effect was appended later than its cause',
    'I6',
    (s) => s.append('jobs-e', { type: 'CameLate', data: '{"n":0,"of":"e"}', meta: by(s.row('feed', 25), s.logId) }),
  ],
  [
    'an effect has another time than its cause, so it was another append',
    'I6',
    (s) => (s.set(s.row('warehouse-x', 1), { time: 1 }), s.row('warehouse-x', 1)),
  ],
  [
    'an effect stands alone in a stream',
    'I6',
    (s) => s.append('jobs-z', { type: 'CameLate', data: '{"n":0,"of":"z"}', meta: by(s.row('feed', 25), s.logId) }),
  ],
  [
    'an effect stands behind the end of an actor',
    'I6',
    (s) => s.append('jobs-d', { type: 'CameLate', data: '{}', meta: s.row('jobs-d', 5).meta }),
  ],
  ['an effect is missing at the end of an actor', 'I6', (s) => (s.cut(s.row('warehouse-b', 1)), s.row('warehouse-b', 0)), DECIDED],
  [
    'an effect is missing, and the actor went on',
    'I6',
    (s) => {
      s.cut(s.row('jobs-a', 15));
      for (const row of s.rows('jobs-a').filter(({ version }) => version > 15)) s.set(row, { version: row.version - 1 });
      return s.row('jobs-a', 15);
    },
    DECIDED,
  ],

  ['a checkpoint is ahead of the log', 'I7', (s) => s.run("UPDATE checkpoints SET position = 99999 WHERE consumer = 'steps~2'"), USED],
  ['a checkpoint is one of another log', 'I7', (s) => s.run("UPDATE checkpoints SET store = 'other' WHERE consumer = 'calls'"), USED],
  ['a row of a read model is ahead of the log', 'I7', (s) => s.run("UPDATE views SET position = 99999 WHERE view = 'steps~2'"), USED],

  [
    'a row of a read model is gone',
    'I2',
    (s) => (s.run("DELETE FROM views WHERE view = 'steps~2' AND key = 'e'"), s.rows('feed').at(-1)),
    USED,
  ],
  ['the content of a row is no JSON', 'I9', (s) => (s.set(s.row('jobs-e', 0), { data: '{"n":' }), s.row('jobs-e', 0)), USED],

  ['a parked message was skipped twice', 'parks', (s) => s.append('jobs-a', s.row('jobs-a', 18))],
  [
    'a release names another message than the parked one',
    'parks',
    (s) => (s.meta(s.row('jobs-a', 8), (m) => (m['cause'] = causeOf(s.row('jobs-a', 9)))), s.row('jobs-a', 8)),
  ],
  ['a message is parked behind none', 'parks', (s) => (s.meta(s.row('jobs-d', 3), (m) => (m['park'] = 'behind')), s.row('jobs-d', 3))],
  [
    'a command of a caller is parked',
    'parks',
    (s) => {
      s.set(s.row('warehouse-x', 2), { type: 'parked:Clear' });
      s.meta(s.row('warehouse-x', 2), (m) => (m['park'] = 'failed'));
      return s.row('warehouse-x', 2);
    },
  ],
  [
    'a message was released from a place where none is parked',
    'parks',
    (s) =>
      s.append('jobs-e', {
        type: 'took:Step',
        data: '{"n":1,"of":"e"}',
        meta: by(s.row('feed', 12), s.logId, { from: 'jobs:parked@7', by: 'ada', why: 'x' }),
      }),
  ],

  ['a deadline fired twice', 'deadlines', (s) => s.append('jobs-b', s.row('jobs-b', 3))],
  [
    'a deadline fired that was taken back',
    'deadlines',
    (s) => s.append('jobs-a', { type: 'took:Overdue', data: '{"of":"a"}', meta: by(s.row('jobs-a', 1), s.logId, { of: 1 }) }),
  ],
  [
    'a deadline was taken back that is none',
    'deadlines',
    (s) => (s.meta(s.row('jobs-a', 12), (m) => (m['key'] = 'x')), s.row('jobs-a', 12)),
  ],
  [
    'a deadline fired in the name of another one',
    'deadlines',
    (s) => (s.meta(s.row('jobs-b', 3), (m) => ((m['cause'] as { id: string }).id = 'other')), s.row('jobs-b', 3)),
  ],

  [
    'a pending deadline stands in no bucket',
    'deadlines',
    (s) => {
      // As if the row that took it back had never been: the last rows of the actor are gone.
      for (const row of s.rows('jobs-b').filter(({ version }) => version > 5)) s.cut(row);
      s.cut(s.rows('warehouse-b')[1]!);
      s.cut(s.rows('warehouse-b')[0]!);
      s.run("UPDATE checkpoints SET position = 1 WHERE consumer LIKE 'jobs:%+%' OR consumer LIKE 'warehouse:%'");
      const [kept] = s.rows(s.streams('jobs:due-').find((stream) => causeOf(s.rows(stream)[0]!).position === s.row('jobs-b', 5).position)!);
      s.cut(kept!);
      return s.row('jobs-b', 5);
    },
    USED,
  ],
  [
    'a pending deadline is in a bucket that its clock does not list',
    'deadlines',
    (s) => {
      for (const row of s.rows('jobs-b').filter(({ version }) => version > 5)) s.cut(row);
      s.cut(s.rows('warehouse-b')[1]!);
      s.cut(s.rows('warehouse-b')[0]!);
      s.run("UPDATE checkpoints SET position = 1 WHERE consumer LIKE 'jobs:%+%' OR consumer LIKE 'warehouse:%'");
      for (const row of s.rows('jobs:due-0')) s.meta(row, (m) => (m['open'] = []));
      return s.row('jobs-b', 5);
    },
    USED,
  ],
  [
    'a bucket keeps another time than the deadline has',
    'deadlines',
    (s) => {
      const [row] = s.rows(s.streams('jobs:due-').at(-1)!);
      s.meta(row!, (m) => ((m['armed'] as { meta: string }).meta = (m['armed'] as { meta: string }).meta.replace(/"due":\d+/, '"due":1')));
      return row;
    },
    USED,
  ],
  [
    'a bucket keeps another message than the deadline has',
    'deadlines',
    (s) => {
      const [row] = s.rows(s.streams('jobs:due-').at(-1)!);
      s.set(row!, { data: '{"of":"z"}' });
      return row;
    },
    USED,
  ],
  [
    'an effect of a truncated actor names another cause',
    'rows',
    (s) => (s.meta(s.row('jobs-c', 'Finished'), (m) => ((m['cause'] as { id: string }).id = 'other')), s.row('jobs-c', 'Finished')),
  ],

  [
    'a closed actor has gone on',
    'closing',
    (s) => {
      const again = s.append('feed', { type: 'Step', data: '{"of":"d","n":3}', meta: '{}' });
      return s.append('jobs-d', { type: 'took:Step', data: '{"n":3,"of":"d"}', meta: by(again, s.logId, { once: 3 }) });
    },
  ],
  [
    'a truncated actor has gone on',
    'closing',
    (s) => {
      const again = s.append('feed', { type: 'Step', data: '{"of":"c","n":3}', meta: '{}' });
      return s.append('jobs-c', { type: 'took:Step', data: '{"n":3,"of":"c"}', meta: by(again, s.logId, { once: 3 }) });
    },
  ],
  [
    'the closing row has forgotten a business key',
    'closing',
    (s) => (s.set(s.row('jobs-d', 5), { data: s.row('jobs-d', 5).data.replace('[[0,0]]', '[]') }), s.row('jobs-d', 5)),
  ],
  [
    'the closing row has forgotten how far the actor has come',
    'closing',
    (s) => (s.set(s.row('jobs-d', 5), { data: s.row('jobs-d', 5).data.replace(/"position":\d+/, '"position":1') }), s.row('jobs-d', 5)),
  ],
];
