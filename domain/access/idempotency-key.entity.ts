import { defineEntity, p } from '@mikro-orm/core';
import { newId } from '../identifiers.ts';

/** One `Idempotency-Key` of an owner: what the first request with it made, so that a repetition makes nothing (R17). */
const IdempotencyKeySchema = defineEntity({
  name: 'IdempotencyKey',
  tableName: 'idempotency_keys',
  properties: {
    id: p.uuid().primary().onCreate(newId),
    ownerId: p.uuid(),
    method: p.text(),
    /** The route's template, never the path. */
    route: p.text(),
    key: p.text(),
    /** SHA-256 over path and body, hex: the same key may not mean another request. */
    requestHash: p.text(),
    /** Whoever runs the request holds this; dead after its time, so that a crash costs a minute and no more. */
    claimToken: p.uuid().nullable(),
    claimedUntil: p.datetime(6).nullable(),
    /** Null while the first request runs. */
    status: p.integer().nullable(),
    /** What the answer shows; it is presented and signed anew. */
    resourceId: p.text().nullable(),
    createdAt: p.datetime(6).onCreate(() => new Date()),
  },
  uniques: [{ name: 'idempotency_keys_once', properties: ['ownerId', 'method', 'route', 'key'] }],
  indexes: [{ name: 'idempotency_keys_created', properties: ['createdAt'] }],
});

export class IdempotencyKey extends IdempotencyKeySchema.class {}
IdempotencyKeySchema.setClass(IdempotencyKey);
