import type { EventArgs, EventSubscriber } from '@mikro-orm/core';
import { Video } from '#domain/video/video.entity.ts';
import type { Orm } from './orm.ts';

/** From now on every new video names the storage that its objects are put into, whichever verb makes it. */
export function stampStorage(orm: Orm, storageId: string): void {
  const stamp: EventSubscriber<Video> = {
    getSubscribedEntities: () => [Video],
    beforeCreate({ entity }: EventArgs<Video>) {
      entity.storage ??= storageId;
    },
  };
  orm.em.getEventManager().registerSubscriber(stamp);
}
