import { defineEntity, p } from '@mikro-orm/core';

/** A storage in which videos of this deployment may live. No rows at all while there has only ever been one. */
const KnownStorageSchema = defineEntity({
  name: 'KnownStorage',
  tableName: 'storages',
  properties: {
    /** Its identity (bootstrap/storage-identity.ts). */
    id: p.text().primary(),
    /** True for the one that a video without a name lives in: the deployment's first. */
    isHome: p.boolean().default(false),
    createdAt: p.datetime(6).onCreate(() => new Date()),
  },
});

export class KnownStorage extends KnownStorageSchema.class {}
KnownStorageSchema.setClass(KnownStorage);
