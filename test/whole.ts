/** `npm test` runs slices of what takes long; `WAYBILL_WHOLE=1 npm test` all of it. */
export const isWhole = process.env['WAYBILL_WHOLE'] === '1';
