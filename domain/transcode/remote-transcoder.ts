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
 * A transcoder that works elsewhere. Throws TranscoderUnavailable where this process has not set it up: its attempts wait,
 * as if it had refused our credentials, for a process that has (`leaveRemovedTranscoders` ends the wait).
 */
export function remoteTranscoder(transcoders: Transcoders, name: RemoteTranscoderName): Transcoder {
  if (transcoders.configured.includes(name)) return transcoders.get(name);
  throw new TranscoderUnavailable('transcoder_refused', `${name} is not set up here`);
}
