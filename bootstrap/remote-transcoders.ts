import type { NotifyingTranscoder } from '#providers/transcoders/transcoder.ts';
import { composeCoconut } from './coconut.ts';
import type { ResolvedConfig } from './config.ts';
import { composeMediaConvert } from './mediaconvert.ts';
import type { RemoteParts } from './remote-parts.ts';

/** The transcoders that work elsewhere and are set up. Nothing is asked of them here. */
export function composeRemoteTranscoders(config: ResolvedConfig, parts: RemoteParts): NotifyingTranscoder[] {
  return [composeCoconut(config, parts), composeMediaConvert(config, parts)].filter((one) => one !== null);
}
