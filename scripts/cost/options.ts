import { InvalidArgumentError } from 'commander';

const WIDTH_MAX = 8192;
const HEIGHT_MAX = 4320;
const FRAMES_PER_SECOND_MAX = 240;
const HOURS_MAX = 1000;
const VIEWS_MAX = 1_000_000_000;

export interface PictureSize {
  readonly width: number;
  readonly height: number;
}

/** `90` and `90.5` are minutes; `1h30m`, `45m`, `30s` say their units. Null for anything else: then it is a file. */
export function lengthSeconds(text: string): number | null {
  const [, minutes] = /^(\d{1,7}(?:\.\d{1,3})?)$/.exec(text) ?? [];
  if (minutes !== undefined) return Math.round(Number(minutes) * 60_000) / 1000;
  const [matched, hours, wholeMinutes, seconds] =
    /^(?:(\d{1,5})h)?(?:(\d{1,7})m)?(?:(\d{1,9})s)?$/.exec(text) ?? [];
  if (!matched) return null;
  return Number(hours ?? 0) * 3600 + Number(wholeMinutes ?? 0) * 60 + Number(seconds ?? 0);
}

/** Throws InvalidArgumentError for no length at all, and for one that nobody uploads. */
export function requireLength(seconds: number): number {
  if (seconds > 0 && seconds <= HOURS_MAX * 3600) return seconds;
  throw new InvalidArgumentError(`A video lasts more than 0 s and at most ${HOURS_MAX} h.`);
}

/** `1920x1080`, or `1080p` for a wide picture of that height. */
export function pictureSize(text: string): PictureSize {
  const [, named] = /^(\d{2,4})p$/.exec(text) ?? [];
  const [, width, height] = /^(\d{1,4})x(\d{1,4})$/.exec(text) ?? [];
  const size = named
    ? { width: 2 * Math.round((Number(named) * 8) / 9), height: Number(named) }
    : { width: Number(width), height: Number(height) };
  if (size.width >= 2 && size.width <= WIDTH_MAX && size.height >= 2 && size.height <= HEIGHT_MAX)
    return size;
  throw new InvalidArgumentError(`It must look like 1920x1080 or 1080p, at most ${WIDTH_MAX}x${HEIGHT_MAX}.`);
}

/** `30`, `29.97` */
export function framesPerSecond(text: string): number {
  const value = /^\d{1,3}(\.\d{1,3})?$/.test(text) ? Number(text) : Number.NaN;
  if (value > 0 && value <= FRAMES_PER_SECOND_MAX) return value;
  throw new InvalidArgumentError(`It must be above 0 and at most ${FRAMES_PER_SECOND_MAX}.`);
}

export function views(text: string): number {
  const value = /^\d{1,10}$/.test(text) ? Number(text) : Number.NaN;
  if (value >= 1 && value <= VIEWS_MAX) return value;
  throw new InvalidArgumentError(`It must be a whole number from 1 to ${VIEWS_MAX}.`);
}

export function amount(text: string): string {
  if (/^\d{1,6}(\.\d{1,8})?$/.test(text)) return text;
  throw new InvalidArgumentError('It must be an amount such as 0.05.');
}

/** A region of AWS, such as `eu-west-1`. */
export function region(text: string): string {
  if (/^[a-z]{2}(-[a-z]+)+-\d$/.test(text)) return text;
  throw new InvalidArgumentError('It must look like us-east-1.');
}
