import { defineEntity, p } from '@mikro-orm/core';

/** A process of this deployment, and the storages that it can reach. Alive while it goes on beating. */
const RunningProcessSchema = defineEntity({
  name: 'RunningProcess',
  tableName: 'running_processes',
  properties: {
    id: p.uuid().primary(),
    /** For people: what runs where. */
    name: p.text(),
    /** Identities; the first one is where it puts new videos. */
    storages: p.array<string>().columnType('text[]'),
    beatAt: p.datetime(6),
  },
});

export class RunningProcess extends RunningProcessSchema.class {}
RunningProcessSchema.setClass(RunningProcess);
