import type { EntityManager } from '@mikro-orm/postgresql';

/**
 * Runs `work` in one transaction, in a unit of work of its own: nothing that was read before the locks is trusted.
 * `work` may run `em.flush()` in between; the rest is flushed at the end.
 */
export function transaction<T>(em: EntityManager, work: (tx: EntityManager) => Promise<T>): Promise<T> {
  return em.fork().transactional(work);
}
