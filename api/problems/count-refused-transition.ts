import { isDomainError } from '#domain/errors.ts';
import type { Metrics } from '#domain/metrics.ts';

/** Illegal state changes are counted by machine and states: many of one kind are a client, or us, gone wrong. */
export function countRefusedTransition(metrics: Metrics, error: unknown): void {
  if (!isDomainError(error, 'illegal_transition')) return;
  const { machine, from, to } = error.members;
  metrics.transitionRefused(String(machine), String(from), String(to));
}
