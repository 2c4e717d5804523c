import { defineEntity, p } from '@mikro-orm/core';

/** How the operators steer the pipeline: one row, made by its migration. */
const PipelineControlSchema = defineEntity({
  name: 'PipelineControl',
  tableName: 'pipeline_control',
  properties: {
    /** Always 1. */
    id: p.integer().primary(),
    /** Since when nothing is taken into work and no source is removed; null while it runs. */
    pausedAt: p.datetime(6).nullable(),
    /** Why, in the words of who paused it. */
    reason: p.text().nullable(),
    /** How many attempts may be open at once in the whole deployment; null for as many as the workers take. */
    maxOpenAttempts: p.integer().nullable(),
    /** Who gave the last of these orders; null where that is not known. */
    orderedBy: p.text().nullable(),
    updatedAt: p
      .datetime(6)
      .onCreate(() => new Date())
      .onUpdate(() => new Date()),
  },
});

export class PipelineControl extends PipelineControlSchema.class {}
PipelineControlSchema.setClass(PipelineControl);
