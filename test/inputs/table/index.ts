import { CALLS } from './calls';
import { CLASSES } from './classes';
import { COMMANDS } from './commands';
import { CONFIG } from './config';
import { DECISIONS } from './decisions';
import { LOG } from './log';
import { MESSAGES } from './messages';
import { FILES, SERVERS, STORES } from './stores';
import { PROGRAMS } from './programs';
import { TOOLS } from './tools';
import type { Wrong } from './wrong';

export const SECTIONS: readonly { readonly title: string; readonly rows: readonly Wrong[] }[] = [
  { title: 'Classes and decorators', rows: CLASSES },
  { title: 'What methods return', rows: DECISIONS },
  { title: 'Messages and their content', rows: MESSAGES },
  { title: 'What App.start is given', rows: CONFIG },
  { title: 'Calls of a running app', rows: CALLS },
  { title: 'Rows of the log', rows: LOG },
  { title: 'Files', rows: FILES },
  { title: 'Calls of a store', rows: STORES },
  { title: 'Servers', rows: SERVERS },
  { title: 'Programs', rows: PROGRAMS },
  { title: 'Tests of actors', rows: TOOLS },
  { title: 'Commands', rows: COMMANDS },
];
