import type { ClientConfig } from 'pg';
import type { Actor, Context, Log } from '#domain/context.ts';
import type { Metrics } from '#domain/metrics.ts';
import type { ResolvedConfig } from './config.ts';
import type { DatabaseAddress } from './database-address.ts';

/** Who a bearer token speaks for. */
export interface Identity {
  /** `sub`, as the issuer spells it. */
  readonly subject: string;
  readonly ownerId: string;
  readonly scopes: readonly string[];
}

/** `ok` or one line that says what is wrong, without secrets. */
export type HealthReport = { readonly ok: true } | { readonly ok: false; readonly problem: string };

/** Everything a role needs, wired. Made by `composePlatform`, handed to `createApi` and `startWorker`. */
export interface Platform {
  readonly config: ResolvedConfig;
  readonly log: Log;
  readonly database: DatabaseAddress;
  /** pg's own options for a connection outside the ORM. */
  readonly databaseConnection: ClientConfig;
  /** A fresh unit of work for one request or one job. */
  context(actor: Actor, log?: Log): Context;
  /** Throws DomainError `unauthenticated`. */
  verifyToken(token: string): Promise<Identity>;
  readonly health: {
    database(): Promise<HealthReport>;
    storage(): Promise<HealthReport>;
    queue(): Promise<HealthReport>;
  };
  readonly metrics: Metrics;
  /** Prometheus' text format. */
  metricsText(): Promise<string>;
  close(): Promise<void>;
}
