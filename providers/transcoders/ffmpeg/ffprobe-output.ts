/** What we read of ffprobe's JSON. Every member may be absent: the file decides. */
export interface FfprobeOutput {
  readonly format?: FfprobeFormat;
  readonly streams?: readonly FfprobeStream[];
}

export interface FfprobeFormat {
  readonly format_name?: string;
  readonly nb_streams?: number;
  readonly start_time?: string;
  readonly duration?: string;
  readonly bit_rate?: string;
}

export interface FfprobeStream {
  readonly index?: number;
  readonly codec_type?: string;
  readonly codec_name?: string;
  readonly profile?: string;
  readonly level?: number;
  readonly width?: number;
  readonly height?: number;
  readonly pix_fmt?: string;
  readonly sample_aspect_ratio?: string;
  readonly field_order?: string;
  readonly color_transfer?: string;
  readonly r_frame_rate?: string;
  readonly avg_frame_rate?: string;
  readonly start_time?: string;
  readonly duration?: string;
  readonly nb_frames?: string;
  readonly bits_per_raw_sample?: string;
  readonly channels?: number;
  readonly sample_rate?: string;
  readonly disposition?: Readonly<Record<string, number>>;
  readonly tags?: Readonly<Record<string, string>>;
  readonly side_data_list?: readonly { readonly side_data_type?: string; readonly rotation?: number }[];
}

/** Only what `FfprobeOutput` names: titles and comments of a file may be of any length. */
export const SHOW_ENTRIES = [
  'format=format_name,nb_streams,start_time,duration,bit_rate',
  [
    'stream=index,codec_type,codec_name,profile,level,width,height,pix_fmt,sample_aspect_ratio,field_order',
    'color_transfer,r_frame_rate,avg_frame_rate,start_time,duration,nb_frames,bits_per_raw_sample',
    'channels,sample_rate',
  ].join(','),
  'stream_disposition=default,attached_pic,timed_thumbnails',
  'stream_tags=rotate',
  'stream_side_data_list',
].join(':');

/** Throws SyntaxError when ffprobe was cut off. */
export function parseFfprobe(json: string): FfprobeOutput {
  const parsed: unknown = JSON.parse(json);
  if (typeof parsed !== 'object' || parsed === null) throw new SyntaxError('ffprobe wrote no object');
  return parsed;
}

/** A number that ffprobe wrote as text; null for `N/A` and the like. */
export function numberOf(text: string | undefined): number | null {
  const value = Number(text);
  return text === undefined || text === '' || !Number.isFinite(value) ? null : value;
}

/** ffprobe names what it does not know. */
export function isKnown(name: string | undefined): name is string {
  return name !== undefined && name !== 'unknown' && name !== 'none';
}
