import {
  type RemoteTranscoderName,
  type Transcoder,
  TranscoderUnavailable,
  type VersionMaker,
} from '#providers/transcoders/transcoder.ts';
import type { Transcoders } from '../context.ts';

/** True for a transcoder that works elsewhere. */
export function isRemote(maker: VersionMaker): maker is RemoteTranscoderName {
  return maker !== 'ffmpeg' && maker !== 'import';
}

/**
 * A transcoder that works elsewhere. Throws TranscoderUnavailable where this deployment has not set it up (any more): its
 * attempts wait for an operator, as if it had refused our credentials.
 */
export function remoteTranscoder(transcoders: Transcoders, name: RemoteTranscoderName): Transcoder {
  if (transcoders.configured.includes(name)) return transcoders.get(name);
  throw new TranscoderUnavailable('transcoder_refused', `${name} is not set up here`);
}
