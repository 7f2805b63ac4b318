import { WaybillError } from '@waybill/core';

/** One decision of a schedule: 0 is always the simplest (go on, no fault, in order, no copy). */
export interface Choice {
  readonly label: string;
  /** How many values there were. */
  readonly of: number;
  readonly value: number;
}

/** Where decisions come from: a seed, a list, or every combination in turn. */
export interface Source {
  /** A whole number below `of`; anything but 0 with probability `other`. */
  pick(label: string, of: number, other: number): number;
  /** 0, or 1 + the index of a weight, with that weight as its probability. */
  weigh(label: string, weights: readonly number[]): number;
}

/** Every decision of one schedule goes through here, under its label. */
export class Tape {
  constructor(
    private readonly source: Source,
    readonly recorded?: Choice[],
  ) {}

  pick(label: string, of: number, other = (of - 1) / of): number {
    if (of < 2 || other <= 0) return 0;
    const value = this.source.pick(label, of, other);
    this.recorded?.push({ label, of, value });
    return value;
  }

  /** Draws no decision where nothing can happen. */
  chance(label: string, probability: number): boolean {
    return probability > 0 && this.pick(label, 2, probability) === 1;
  }

  /** Which of several things strikes here, counted from 1; 0 for none. Those of weight 0 are off. */
  strike(label: string, weights: readonly number[]): number {
    const value = this.source.weigh(label, weights);
    this.recorded?.push({ label, of: weights.length + 1, value });
    return value;
  }
}

/** Pseudo-random decisions, the same for the same seed on every machine. */
export function seeded(seed: number): Source {
  let state = Math.imul(seed ^ 0x9e3779b9, 0x85ebca6b) ^ Math.floor(seed / 2 ** 32);
  const roll = (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  return {
    pick: (_, of, other) => (roll() >= other ? 0 : 1 + Math.floor(roll() * (of - 1))),
    weigh: (_, weights) => {
      let left = roll();
      for (let i = 0; i < weights.length; i++) {
        left -= weights[i] as number;
        if (left < 0) return i + 1;
      }
      return 0;
    },
  };
}

/** Decisions by label, each label's in order; 0 where a list has ended or its value does not fit. For shrinking: cutting decisions of one label does not shift those of another. */
export function byLabel(choices: readonly Choice[]): Source {
  const lists = new Map<string, { readonly values: number[]; next: number }>();
  for (const { label, value } of choices) {
    const list = lists.get(label);
    if (list) list.values.push(value);
    else lists.set(label, { values: [value], next: 0 });
  }
  const take = (label: string, of: number): number => {
    const list = lists.get(label);
    const value = list?.values[list.next++] ?? 0;
    return value < of ? value : 0;
  };
  return { pick: take, weigh: (label, weights) => take(label, weights.length + 1) };
}

/** Exactly these decisions, in this order; 0 after the last. */
export function inOrder(choices: readonly Choice[]): Source {
  let next = 0;
  const take = (): number => choices[next++]?.value ?? 0;
  return { pick: take, weigh: take };
}

const LETTERS = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ';
const VERSION = 'w1';

/** `w1~labels~decisions other than 0~count of all~digest of their labels`. */
export function encodeTape(choices: readonly Choice[]): string {
  const labels = [...new Set(choices.filter(({ value }) => value > 0).map(({ label }) => label))];
  let zeros = 0;
  const words: string[] = [];
  for (const { label, value } of choices) {
    if (value === 0) zeros++;
    else {
      words.push(`${zeros || ''}${LETTERS[labels.indexOf(label)]}${value === 1 ? '' : value}`);
      zeros = 0;
    }
  }
  return [VERSION, labels.join(','), words.join('.'), choices.length, digestOf(choices)].join('~');
}

export interface Replay extends Source {
  /** Where the run left the tape, once it is over; undefined when it did not. */
  diverged(recorded: readonly Choice[]): string | undefined;
}

/** Plays an encoded tape and compares every label; from the first difference on, all decisions are 0. @throws WaybillError `TAPE_UNREADABLE` */
export function decodeTape(text: string): Replay {
  const [version, labelList = '', wordList = '', count, digest] = text.trim().split('~');
  if (version !== VERSION || digest === undefined) throw unreadable(`the tape begins with "${text.slice(0, 20)}"`);
  const marks = marksOf(labelList.split(','), wordList);
  let next = 0;
  let left: string | undefined;
  const take = (label: string, of: number): number => {
    const mark = left === undefined ? marks.get(next++) : undefined;
    if (!mark) return 0;
    if (mark.label !== label) left = `decision ${next} is "${mark.label}" on the tape and "${label}" in this run`;
    else if (mark.value >= of) left = `decision ${next} (${label}) is ${mark.value} on the tape, this run has ${of} values`;
    else return mark.value;
    return 0;
  };
  return {
    pick: take,
    weigh: (label, weights) => take(label, weights.length + 1),
    diverged: (recorded) => {
      if (left !== undefined) return left;
      if (String(recorded.length) !== count) return `the tape holds ${count} decisions, this run made ${recorded.length}`;
      return digestOf(recorded) === digest ? undefined : 'as many decisions as on the tape, but others were asked for';
    },
  };
}

function marksOf(labels: readonly string[], wordList: string): Map<number, { readonly label: string; readonly value: number }> {
  const marks = new Map<number, { readonly label: string; readonly value: number }>();
  let at = 0;
  for (const word of wordList === '' ? [] : wordList.split('.')) {
    const [, zeros, letter, value] = /^(\d*)([a-zA-Z])(\d*)$/.exec(word) ?? [];
    const label = labels[LETTERS.indexOf(letter ?? '?')];
    if (label === undefined) throw unreadable(`"${word}" is not a decision`);
    at += Number(zeros);
    marks.set(at++, { label, value: value === '' ? 1 : Number(value) });
  }
  return marks;
}

function unreadable(what: string): WaybillError {
  return new WaybillError('TAPE_UNREADABLE', what, 'pass the whole text that a failed simulation printed');
}

function digestOf(choices: readonly Choice[]): string {
  let digest = 0x811c9dc5;
  for (const { label, of } of choices) {
    for (let i = 0; i < label.length; i++) digest = Math.imul(digest ^ label.charCodeAt(i), 0x01000193);
    digest = Math.imul(digest ^ of, 0x01000193);
  }
  return (digest >>> 0).toString(36);
}
