import { readFileSync } from 'node:fs';

const NUMBERS = ['maxDiscoverAttempts', 'discoveryInterval', 'gossipTimeout', 'keepAliveInterval', 'keepAliveTimeout'] as const;
const KNOWN: readonly string[] = [
  ...NUMBERS,
  ...['tls', 'tlsVerifyCert', 'tlsCAFile', 'userCertFile', 'userKeyFile', 'connectionName', 'defaultDeadline', 'nodePreference'],
];

/** The part after the `?`. Problems name an option or its number, never a value. */
export class Options {
  private readonly values = new Map<string, string>();

  constructor(
    search: string | undefined,
    private readonly problems: string[],
  ) {
    if (search === undefined) return;
    for (const [i, part] of search.split('&').entries()) {
      const [name = '', ...value] = part.split('=');
      const known = KNOWN.find((one) => one.toLowerCase() === name.trim().replace(/[_-]/g, '').toLowerCase());
      if (known === undefined) problems.push(`option ${i + 1} is not one of the known ones (${KNOWN.join(', ')})`);
      else if (value.length === 0 || value.join('=') === '') problems.push(`${known} has no value`);
      else if (this.values.has(known)) problems.push(`${known} is given twice`);
      else this.values.set(known, this.decoded(known, value.join('=')));
    }
  }

  flag(name: string): boolean | undefined {
    const value = this.values.get(name)?.toLowerCase();
    if (value !== undefined && value !== 'true' && value !== 'false') this.problems.push(`${name} is neither true nor false`);
    return value === undefined ? undefined : value === 'true';
  }

  number(name: string, least: number): number | undefined {
    const value = this.values.get(name);
    if (value === undefined) return undefined;
    if (!/^-?\d{1,9}$/.test(value) || Number(value) < least) this.problems.push(`${name} is not a whole number of at least ${least}`);
    return Number(value);
  }

  /** Options that the client accepts but silently ignores, or that would break a promise of this store. */
  refuseIneffective(): void {
    if (this.flag('tlsVerifyCert') === false) this.problems.push('tlsVerifyCert=false does nothing in this client: give tlsCAFile');
    const node = this.values.get('nodePreference')?.toLowerCase();
    if (node !== undefined && node !== 'leader')
      this.problems.push('nodePreference is not leader: acknowledged appends must be readable at once');
  }

  settings(): Record<string, number | string> {
    const settings: Record<string, number | string> = {};
    for (const name of NUMBERS) {
      const keepAlive = name.startsWith('keepAlive');
      const value = this.number(name, keepAlive ? -1 : 1);
      if (value !== undefined) settings[name] = value;
      if (name === 'keepAliveInterval' && value !== undefined && value >= 0 && value < 10_000)
        this.problems.push('keepAliveInterval is below the 10000 that servers accept');
    }
    const name = this.values.get('connectionName');
    if (name !== undefined && !/^[ -~]+$/.test(name)) this.problems.push('connectionName is not printable ASCII');
    return name === undefined ? settings : { ...settings, connectionName: name };
  }

  file<K extends string>(option: string, key: K): Partial<Record<K, Buffer>> {
    const path = this.values.get(option);
    if (path === undefined) return {};
    try {
      return { [key]: readFileSync(path) } as Record<K, Buffer>;
    } catch {
      this.problems.push(`the file of ${option} cannot be read`);
      return {};
    }
  }

  certificate(): Partial<Record<'userCertFile' | 'userKeyFile', Buffer>> {
    if (this.values.has('userCertFile') !== this.values.has('userKeyFile'))
      this.problems.push('userCertFile and userKeyFile belong together, one is missing');
    return { ...this.file('userCertFile', 'userCertFile'), ...this.file('userKeyFile', 'userKeyFile') };
  }

  private decoded(name: string, value: string): string {
    try {
      return decodeURIComponent(value.trim());
    } catch {
      this.problems.push(`${name} has a % that does not begin a percent-encoding`);
      return '';
    }
  }
}
