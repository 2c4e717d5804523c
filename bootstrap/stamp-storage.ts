import type { EventArgs, EventSubscriber } from '@mikro-orm/core';
import type { EntityManager } from '@mikro-orm/postgresql';
import { Video } from '#domain/video/video.entity.ts';

/** From now on every new video names the storage that its objects are put into, whichever verb makes it. */
export function stampStorage(em: Pick<EntityManager, 'getEventManager'>, storageId: string): void {
  const stamp: EventSubscriber<Video> = {
    getSubscribedEntities: () => [Video],
    beforeCreate({ entity }: EventArgs<Video>) {
      entity.storage ??= storageId;
    },
  };
  em.getEventManager().registerSubscriber(stamp);
}
