import { shrink } from '../../dist/simulate/shrink';
import { byLabel, decodeTape, encodeTape, seeded, Tape } from '../../dist/simulate/tape';
import type { Choice } from '../../dist/simulate/tape';

const recordedBy = (play: (tape: Tape) => void, source = seeded(3)): Choice[] => {
  const choices: Choice[] = [];
  play(new Tape(source, choices));
  return choices;
};
const some = (tape: Tape): void => {
  for (let i = 0; i < 40; i++) {
    tape.pick('next', 3, 0.3);
    tape.strike('fault', [0.1, 0.1]);
    tape.chance('copy', 0.2);
  }
};

test('an encoded tape plays every decision again', () => {
  const choices = recordedBy(some);
  const tape = decodeTape(encodeTape(choices));
  const again = recordedBy(some, tape);
  expect(again).toEqual(choices);
  expect(tape.diverged(again)).toBeUndefined();
});

test.each([
  ['another label', 'fault', 3, 'decision 1 is "next" on the tape and "fault" in this run'],
  ['fewer values', 'next', 2, 'decision 1 (next) is 2 on the tape, this run has 2 values'],
])('a replay that asks for %s goes on with the simplest decisions, and says where it left the tape', (_, label, of, said) => {
  const text = encodeTape([{ label: 'next', of: 3, value: 2 }]);
  const tape = decodeTape(text);
  const made = recordedBy((played) => expect([played.pick(label, of), played.pick('next', 3)]).toEqual([0, 0]), tape);
  expect(tape.diverged(made)).toBe(said);
});

test('a replay that makes fewer decisions, or others where none struck, has left the tape', () => {
  const tape = decodeTape(encodeTape(recordedBy(some)));
  expect(tape.diverged([])).toBe('the tape holds 120 decisions, this run made 0');
  const zeros = decodeTape(encodeTape([{ label: 'a', of: 3, value: 0 }]));
  expect(zeros.diverged(recordedBy((played) => void played.pick('b', 3), zeros))).toContain('others were asked for');
});

test('what cannot happen draws nothing', () => {
  const choices = recordedBy((tape) => {
    tape.pick('one', 1);
    tape.pick('never', 5, 0);
    tape.chance('never', 0);
  });
  expect(choices).toEqual([]);
});

test('a seed falls the same way always, and seeds differ', () => {
  expect(recordedBy(some, seeded(5))).toEqual(recordedBy(some, seeded(5)));
  expect(recordedBy(some, seeded(5))).not.toEqual(recordedBy(some, seeded(6)));
});

test('dice keep to their probabilities', () => {
  const struck = [0, 0, 0];
  const tape = new Tape(seeded(1));
  for (let i = 0; i < 20_000; i++) (struck[tape.strike('fault', [0.1, 0.3])] as number) += 1;
  expect(struck[1]).toBeGreaterThan(1_700);
  expect(struck[1]).toBeLessThan(2_300);
  expect(struck[2]).toBeGreaterThan(5_500);
  expect(struck[2]).toBeLessThan(6_500);
});

describe('shrinking', () => {
  /** Fails when two faults strike with a switch between them; makes 60 decisions. */
  const run = async (choices: readonly Choice[]): Promise<Choice[] | undefined> => {
    const values: [string, number][] = [];
    const made = recordedBy((tape) => {
      for (let i = 0; i < 20; i++) {
        values.push(['fault', tape.strike('fault', [0.2, 0.2])], ['next', tape.pick('next', 4, 0.4)], ['noise', tape.pick('noise', 9)]);
      }
    }, byLabel(choices));
    const text = values
      .filter(([label, value]) => label !== 'noise' && value > 0)
      .map(([label]) => label[0])
      .join('');
    return Promise.resolve(/f.*n.*f/.test(text) ? made : undefined);
  };

  test('leaves the decisions that matter, at their smallest', async () => {
    const first = recordedBy((tape) => {
      for (let i = 0; i < 20; i++) {
        tape.strike('fault', [0.2, 0.2]);
        tape.pick('next', 4, 0.4);
        tape.pick('noise', 9);
      }
    });
    expect(await run(first)).toBeDefined();
    const small = await shrink(first, run);
    expect(small.filter(({ value }) => value > 0).map(({ label, value }) => `${label} ${value}`)).toEqual(['fault 1', 'next 1', 'fault 1']);
  });

  test('the same decisions shrink to the same ones', async () => {
    const first = recordedBy(some, seeded(9));
    const attempt = (choices: readonly Choice[]): Promise<readonly Choice[] | undefined> =>
      Promise.resolve(choices.filter(({ value }) => value > 0).length > 3 ? choices : undefined);
    expect(await shrink(first, attempt)).toEqual(await shrink(first, attempt));
  });
});
