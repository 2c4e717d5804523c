import { defineEntity, p } from '@mikro-orm/core';

/** One object of a video in COPYING that stands in the target, verified. Gone with the switch. */
const MovedObjectSchema = defineEntity({
  name: 'MovedObject',
  tableName: 'moved_objects',
  properties: {
    videoId: p.uuid().primary(),
    bucket: p.enum(['sources', 'media']).primary(),
    key: p.text().primary(),
    sizeBytes: p.bigint('number'),
    /** In the source, when it was copied. */
    sourceEtag: p.text(),
    targetEtag: p.text(),
  },
});

export class MovedObject extends MovedObjectSchema.class {}
MovedObjectSchema.setClass(MovedObject);
