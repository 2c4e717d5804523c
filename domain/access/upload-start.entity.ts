import { defineEntity, p } from '@mikro-orm/core';
import { newId } from '../identifiers.ts';

/** One upload that an owner began under a policy that counts them. Stays when its video is deleted, else deleting would refill. */
const UploadStartSchema = defineEntity({
  name: 'UploadStart',
  tableName: 'upload_starts',
  properties: {
    id: p.uuid().primary().onCreate(newId),
    ownerId: p.uuid(),
    policy: p.text(),
    createdAt: p.datetime(6).onCreate(() => new Date()),
  },
  indexes: [{ name: 'upload_starts_owner', properties: ['ownerId', 'policy', 'createdAt'] }],
});

export class UploadStart extends UploadStartSchema.class {}
UploadStartSchema.setClass(UploadStart);
