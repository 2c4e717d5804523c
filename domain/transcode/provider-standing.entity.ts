import { defineEntity, p } from '@mikro-orm/core';
import type { RemoteTranscoderName, UnavailableCode } from '#providers/transcoders/transcoder.ts';

/** Whether a transcoder that works elsewhere can be asked right now. No row: nothing is known against it. */
const ProviderStandingSchema = defineEntity({
  name: 'ProviderStanding',
  tableName: 'provider_standings',
  properties: {
    provider: p.text().$type<RemoteTranscoderName>().primary(),
    /** Nobody asks it before this; the wait doubles with each failure in a row, or is what it asked for. */
    blockedUntil: p.datetime(6).nullable(),
    failures: p.integer().default(0),
    /** True when it takes no orders, and answers questions all the same. */
    ordersOnly: p.boolean().default(false),
    problem: p.text().$type<UnavailableCode>().nullable(),
    /** In a line for people. */
    detail: p.text().nullable(),
    /** Since when it has not answered; null while it does. */
    downSince: p.datetime(6).nullable(),
    updatedAt: p
      .datetime(6)
      .onCreate(() => new Date())
      .onUpdate(() => new Date()),
  },
});

export class ProviderStanding extends ProviderStandingSchema.class {}
ProviderStandingSchema.setClass(ProviderStanding);
