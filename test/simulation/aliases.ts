import { Lifecycle, Saga } from 'waybill';
import type { Simulation } from '@waybill/testing';
import { NaggingBills, renamed } from './releases';

/** The class has another name; its streams keep the former one. */
const lifecycle = Lifecycle('new', 'open', 'paid');
@Saga('invoices', { lifecycle, aliases: ['bills'] })
class Invoices extends NaggingBills {}

export const aliased: Simulation = { ...renamed, use: [Invoices], messages: renamed.messages.slice(0, 3) };
