// Personal fields: what is refused where a message is declared, and what is not.
import { Command, Event } from 'waybill';

interface Told {
  orderId: string;
  customerId: string;
  customerName: string;
  note?: string;
}
const subject = (data: { readonly customerId: string }) => data.customerId;

export class Submitted extends Event('Submitted', { personal: ['customerName', 'note'], subject })<Told> {}
export class Submit extends Command('Submit', { personal: ['customerName'], subject })<Told> {}
new Submitted({ orderId: 'o-1', customerId: 'c-7', customerName: 'Ada' });
export const name: string = new Submit({ orderId: 'o-1', customerId: 'c-7', customerName: 'Ada' }).customerName;
/** The fields of the data are not known where the options stand: so what a subject reads of them is unknown. */
export class Inline extends Event('Inline', { personal: ['customerName'], subject: (e) => e.customerId })<Told> {}
export class Versioned extends Event('Versioned', {
  version: 2,
  upcast: { 1: (data) => ({ ...data, customerName: data.name }) },
  personal: ['customerName'],
  subject,
})<Told> {}
export class NoMore extends Event('NoMore', { personal: [], subject })<Told> {}

// @ts-expect-error a field is missing
new Submitted({ orderId: 'o-1', customerId: 'c-7' });
// @ts-expect-error a personal field has the type that it has
new Submitted({ orderId: 'o-1', customerId: 'c-7', customerName: 7 });
// @ts-expect-error no field of the data has this name
export class Misspelt extends Event('Misspelt', { personal: ['costumerName'], subject })<Told> {}
// @ts-expect-error one of the names is no field of the data
export class HalfMisspelt extends Event('HalfMisspelt', { personal: ['customerName', 'nota'], subject })<Told> {}
// @ts-expect-error the subject reads a field that the data does not have
export class Nobody extends Event('Nobody', { personal: ['note'], subject: (e: { personId: string }) => e.personId })<Told> {}
// @ts-expect-error the names stand in a list
export class Bare extends Event('Bare', { personal: 'customerName', subject })<Told> {}

const schema = {
  '~standard': {
    version: 1 as const,
    vendor: 'none',
    validate: (value: unknown) => ({ value: value as Told }),
    types: undefined as { readonly input: Told; readonly output: Told } | undefined,
  },
};
export class Checked extends Event('Checked', { schema, personal: ['customerName'], subject: (e) => e.customerId }) {}
export const checked: string = new Checked({ orderId: 'o-1', customerId: 'c-7', customerName: 'Ada' }).customerName;
// @ts-expect-error the schema knows no such field
export class CheckedMisspelt extends Event('CheckedMisspelt', { schema, personal: ['costumerName'], subject: (e) => e.customerId }) {}
// @ts-expect-error the subject is made of fields that stay: this one is personal
export class CheckedSelf extends Event('CheckedSelf', { schema, personal: ['customerName'], subject: (e) => e.customerName }) {}
