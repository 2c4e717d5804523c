/** Base name of the HLS files: MediaConvert puts `.m3u8` behind it and each output's own modifier between the two. */
const HLS_BASE = 'master';
const POSTER_BASE = 'poster';
const AUDIO = 'audio';

/**
 * Where MediaConvert writes and what it calls its files. A destination without a base name would take the source's,
 * which a client chose; `GetJob` tells no paths, so every key follows from the order alone (User Guide, "Settings for
 * output file names").
 */
export function outputNames(mediaBucket: string, outputPrefix: string) {
  const key = (name: string) => outputPrefix + name;
  const destination = (base: string) => `s3://${mediaBucket}/${key(base)}`;
  return {
    hlsDestination: destination(HLS_BASE),
    videoModifier: (label: string) => `_${label}`,
    audioModifier: `_${AUDIO}`,
    audioGroup: AUDIO,
    masterKey: key(`${HLS_BASE}.m3u8`),
    renditionKey: (label: string) => key(`${HLS_BASE}_${label}.m3u8`),
    audioKey: key(`${HLS_BASE}_${AUDIO}.m3u8`),
    posterDestination: destination(POSTER_BASE),
    /** Captures are counted from 0 in seven digits. The second one was taken a little after the start. */
    posterKeys: [key(`${POSTER_BASE}.0000001.jpg`), key(`${POSTER_BASE}.0000000.jpg`)],
    mp4Destination: destination,
    mp4Key: (label: string) => key(`${label}.mp4`),
  } as const;
}

export type OutputNames = ReturnType<typeof outputNames>;
