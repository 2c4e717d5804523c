/** A format in the words of docs.coconut.co/references/formats: `container:video:audio:options`. */
export interface Format {
  readonly container: string;
  /** Pixels; null where the other one decides it. Both null: as the source. */
  readonly width: number | null;
  readonly height: number | null;
  readonly hasVideo: boolean;
  readonly hasAudio: boolean;
  readonly videoCodec: string;
  readonly audioCodec: string;
  readonly maxRateBitsPerSecond: number | null;
}

const IMAGES = ['jpg', 'png', 'webp', 'gif', 'webp_anim'];
const VIDEOS = ['mp4', 'webm', 'mpegts', 'mov'];
const SOUNDS = ['ogg', 'aac', 'mp3', 'wav'];

const VIDEO_SPECS: readonly (readonly [string, RegExp])[] = [
  ['resolution', /^(?:240|360|480|540|576|720|1080|2160)p$|^[1-9]\d{0,4}x(?:[1-9]\d{0,4})?$|^x[1-9]\d{0,4}$/],
  ['codec', /^(?:copy|dnxhd|h264|hevc|novideo|prores|prores-ks|theora|vp8|vp9)$/],
  ['bitrate', /^[1-9]\d{0,5}k$/],
  ['fps', /^\d+(?:\.\d+)?fps$/],
];
const AUDIO_SPECS: readonly (readonly [string, RegExp])[] = [
  ['codec', /^(?:aac|ac3|amr-nb|copy|flac|mp2|mp3|noaudio|pcm|pcm-alaw|pcm-s16le|pcm-u8|vorbis|wmav2)$/],
  ['bitrate', /^[1-9]\d{0,2}k$/],
  ['rate', /^(?:8000|11025|22050|44100|48000)hz$/],
  ['channels', /^(?:mono|stereo|multi)$/],
];
const OPTION =
  /^(?:quality=[1-5]|maxrate=[1-9]\d{0,6}k|2pass|frag|metadata=[01]|pix_fmt=\w+|(?:profile|level|preset)=[\w.]+)$/i;

/** What is wrong with a format, in a sentence. */
export class FormatError extends Error {
  override readonly name = 'FormatError';
}

export function parseFormat(text: string): Format {
  const [container = '', video = '', audio = '', options = '', ...more] = text.split(':');
  if (more.length > 0) throw new FormatError(`'${text}' has more than four parts`);
  if (IMAGES.includes(container)) {
    if (audio !== '' || options !== '') throw new FormatError(`'${text}' is a picture with more than a size`);
    return { ...sizeIn(specsOf(text, video, VIDEO_SPECS.slice(0, 1))), ...PICTURE, container };
  }
  if (!VIDEOS.includes(container) && !SOUNDS.includes(container))
    throw new FormatError(`'${container}' is no container`);
  if (options !== '' && !options.split(',').every((option) => OPTION.test(option)))
    throw new FormatError(`'${options}' are no options`);
  const videoSpecs = video === 'x' ? new Map() : specsOf(text, video, VIDEO_SPECS);
  const audioSpecs = audio === 'x' ? new Map() : specsOf(text, audio, AUDIO_SPECS);
  const [, rate] = /(?:^|,)maxrate=(\d+)k/i.exec(options) ?? [];
  return {
    ...sizeIn(videoSpecs),
    container,
    hasVideo: VIDEOS.includes(container) && video !== 'x' && videoSpecs.get('codec') !== 'novideo',
    hasAudio: audio !== 'x' && audioSpecs.get('codec') !== 'noaudio',
    videoCodec: videoSpecs.get('codec') ?? 'h264',
    audioCodec: audioSpecs.get('codec') ?? 'aac',
    maxRateBitsPerSecond: rate === undefined ? null : Number(rate) * 1000,
  };
}

const PICTURE = {
  hasVideo: true,
  hasAudio: false,
  videoCodec: 'none',
  audioCodec: 'none',
  maxRateBitsPerSecond: null,
} as const;

/** Each spec once, in any order. */
function specsOf(
  text: string,
  part: string,
  known: readonly (readonly [string, RegExp])[],
): Map<string, string> {
  const specs = new Map<string, string>();
  for (const word of part === '' ? [] : part.split('_')) {
    const name = known.find(([, pattern]) => pattern.test(word))?.[0];
    if (name === undefined || specs.has(name)) throw new FormatError(`'${word}' of '${text}' is not valid`);
    specs.set(name, word);
  }
  return specs;
}

function sizeIn(specs: ReadonlyMap<string, string>): Pick<Format, 'width' | 'height'> {
  const resolution = specs.get('resolution');
  if (resolution === undefined) return { width: null, height: null };
  const [, named] = /^(\d+)p$/.exec(resolution) ?? [];
  if (named !== undefined) return { width: null, height: Number(named) };
  const [width, height] = resolution.split('x');
  return { width: width ? Number(width) : null, height: height ? Number(height) : null };
}
