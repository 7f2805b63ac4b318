import { resolve } from 'node:path';
import { ELSEWHERE } from './elsewhere';
import { SECTIONS } from './table';
import type { Told } from './table/wrong';

const ROOT = `${resolve(__dirname, '../..')}/`;
export const DOCUMENT = `${ROOT}packages/waybill/ERRORS.md`;

const HEAD = `# Errors

Every error reads \`CODE: what is wrong (value, where). Fix: …\`. The code is stable: \`error.code\` is what to branch on. No message
shows the data of a message or a secret. An error of one event is the reason with which that event is parked; everything around it goes on.

The tests do all of this for real, and print it: \`WAYBILL_ERRORS=write npm test -- test/inputs\` writes this page anew.
`;

/** What differs from machine to machine, and from run to run. */
const VARYING: readonly (readonly [RegExp, string])[] = [
  [/\brow-\d+/g, 'row-1'],
  [/:due-\d+/g, ':due-29800000'],
  [/127\.0\.0\.1:\d{4,5}/g, '127.0.0.1:2113'],
  [/on Node \d+[.\d]*/g, 'on Node 20'],
  [/does not answer \([^)]*\)/g, 'does not answer (…)'],
  [/"[0-9a-f]{16}"/g, '"2bfe11a7f9004439"'],
  [/\s+/g, ' '],
];

/** The same on every machine. */
export function stable(text: string, folder: string): string {
  const placed = text.replaceAll(folder, '/data').replaceAll(ROOT, '');
  return VARYING.reduce((now, [what, by]) => now.replace(what, by), placed).trim();
}

export function documentOf(told: ReadonlyMap<string, Told>): string {
  const sections = SECTIONS.map(({ title, rows }) => {
    const lines = rows.map(({ what }) => {
      const { code, what: message, fix } = told.get(what) as Told;
      return `| ${cell(what)} | \`${code}\` | ${literal(message)} | ${literal(fix)} |`;
    });
    return `## ${title}\n\n${table(['What was done', 'Code', 'What it says', 'Fix'], lines)}`;
  });
  const others = Object.entries(ELSEWHERE).map(([code, { why }]) => `| \`${code}\` | ${cell(why)} |`);
  const rest = `## Other codes\n\nWhat it takes to meet them is more than a wrong call.\n\n${table(['Code', 'It'], others)}`;
  return `${HEAD}\n${[...sections, rest].join('\n\n')}\n`;
}

function table(head: readonly string[], lines: readonly string[]): string {
  const rows = [`| ${head.join(' | ')} |`, `|${head.map(() => ' --- |').join('')}`, ...lines];
  return `<!-- prettier-ignore-start -->\n${rows.join('\n')}\n<!-- prettier-ignore-end -->`;
}

function cell(text: string): string {
  return text.replace(/[|*_<>]/g, (one) => `\\${one}`);
}

function literal(text: string): string {
  const shown = text.replaceAll('|', '\\|');
  return text.includes('`') ? `\`\` ${shown} \`\`` : `\`${shown}\``;
}
