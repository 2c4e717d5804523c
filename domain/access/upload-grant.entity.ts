import { defineEntity, p } from '@mikro-orm/core';
import { newId } from '../identifiers.ts';

/** Leave to begin some uploads without a bearer, for clients that can send no header: the token stands in their path. */
const UploadGrantSchema = defineEntity({
  name: 'UploadGrant',
  tableName: 'upload_grants',
  properties: {
    id: p.uuid().primary().onCreate(newId),
    ownerId: p.uuid(),
    /** SHA-256 of the token, hex. */
    tokenHash: p.text().unique(),
    policy: p.text().default('direct'),
    /** How many uploads may still be begun with it. */
    uploadsLeft: p.integer(),
    expiresAt: p.datetime(6),
    createdAt: p.datetime(6).onCreate(() => new Date()),
  },
  indexes: [{ name: 'upload_grants_expiry', properties: ['expiresAt'] }],
});

export class UploadGrant extends UploadGrantSchema.class {}
UploadGrantSchema.setClass(UploadGrant);
