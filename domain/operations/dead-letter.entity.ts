import { defineEntity, p } from '@mikro-orm/core';
import { newId } from '../identifiers.ts';
import type { JobName } from '../jobs.ts';

/** A job that failed for good: what it was, why it ended, and enough to run it again. */
const DeadLetterSchema = defineEntity({
  name: 'DeadLetter',
  tableName: 'dead_letters',
  properties: {
    id: p.uuid().primary().onCreate(newId),
    task: p.text().$type<JobName>(),
    payload: p.json<Record<string, unknown>>(),
    videoId: p.uuid().nullable(),
    reason: p.text(),
    detail: p.text().nullable(),
    createdAt: p.datetime(6).onCreate(() => new Date()),
    retriedAt: p.datetime(6).nullable(),
  },
  indexes: [{ name: 'dead_letters_created', properties: ['createdAt', 'id'] }],
});

export class DeadLetter extends DeadLetterSchema.class {}
DeadLetterSchema.setClass(DeadLetter);
