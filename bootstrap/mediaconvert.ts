import type { NotifyingTranscoder } from '#providers/transcoders/transcoder.ts';
import type { ResolvedConfig } from './config.ts';
import type { RemoteParts } from './remote-transcoders.ts';

/** Placeholder of the skeleton. Null where the deployment has not set it up. */
export function composeMediaConvert(
  _config: ResolvedConfig,
  _parts: RemoteParts,
): NotifyingTranscoder | null {
  return null;
}
