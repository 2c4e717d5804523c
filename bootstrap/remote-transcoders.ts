import type { Log } from '#domain/context.ts';
import type { ObjectStore } from '#providers/storage/object-store.ts';
import type { NotifyingTranscoder } from '#providers/transcoders/transcoder.ts';
import { composeCoconut } from './coconut.ts';
import type { ResolvedConfig } from './config.ts';
import { composeMediaConvert } from './mediaconvert.ts';

export interface RemoteParts {
  readonly sources: ObjectStore;
  readonly media: ObjectStore;
  readonly log: Log;
}

/** The transcoders that work elsewhere and are set up. Nothing is asked of them here. */
export function composeRemoteTranscoders(config: ResolvedConfig, parts: RemoteParts): NotifyingTranscoder[] {
  return [composeCoconut(config, parts), composeMediaConvert(config, parts)].filter((one) => one !== null);
}
