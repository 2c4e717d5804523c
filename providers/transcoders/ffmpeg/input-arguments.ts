import type { Demuxer } from '../source-inspector.ts';

/**
 * What every ffmpeg and ffprobe call says before its input (R1): the one demuxer, named; no protocol but the gateway's;
 * no file that a QuickTime reference could point to.
 */
export function inputArguments(demuxer: Demuxer): string[] {
  const references = demuxer === 'mov' ? ['-enable_drefs', '0', '-use_absolute_path', '0'] : [];
  return ['-protocol_whitelist', 'http,tcp', '-format_whitelist', demuxer, '-f', demuxer, ...references];
}
