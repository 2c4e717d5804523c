import { defineEntity, p } from '@mikro-orm/core';

/** Who of all API processes writes to a TUS upload just now. A lease: it ends by itself when its holder is gone. */
const UploadLockSchema = defineEntity({
  name: 'UploadLock',
  tableName: 'upload_locks',
  properties: {
    /** The name that the TUS server locks by. */
    name: p.text().primary(),
    token: p.uuid(),
    lockedUntil: p.datetime(6),
    /** Set by a newer request, which the holder makes room for. */
    releaseRequestedAt: p.datetime(6).nullable(),
  },
});

export class UploadLock extends UploadLockSchema.class {}
UploadLockSchema.setClass(UploadLock);
