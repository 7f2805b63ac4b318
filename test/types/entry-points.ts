// What users import compiles under every supported compiler, declaration files of the packages included (skipLibCheck is off here).
export type * as core from '@waybill/core';
export type * as sqlite from '@waybill/sqlite';
export type * as testing from '@waybill/testing';
