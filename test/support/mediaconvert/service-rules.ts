import type { CreateJobCommandInput, Output, OutputGroup } from '@aws-sdk/client-mediaconvert';

/** What the service refuses beyond its model, by its user guide: a line each, in its manner of speaking. */
export function ruleProblems({ Settings, ClientRequestToken }: CreateJobCommandInput): string[] {
  const groups = Settings?.OutputGroups ?? [];
  const outputs = groups.flatMap(({ Outputs = [] }) => Outputs);
  return [
    ...(Settings?.Inputs?.length ? [] : ['/inputs: Should have at least 1 input']),
    ...(outputs.length > 0 ? [] : ['/outputGroups: Should have at least 1 output']),
    ...(outputs.every(isFrameCapture) && outputs.length > 0
      ? ['/outputGroups: Frame capture outputs need another output beside them']
      : []),
    ...(/^[\x20-\x7e]{0,64}$/.test(ClientRequestToken ?? '') ? [] : ['/clientRequestToken: Is not valid']),
    ...groups.flatMap((group, index) => groupProblems(group).map((line) => `/outputGroups/${index}${line}`)),
  ];
}

/** Where a group writes. */
export function destinationOf({ OutputGroupSettings }: OutputGroup): string {
  const { CmafGroupSettings, HlsGroupSettings, FileGroupSettings } = OutputGroupSettings ?? {};
  return (CmafGroupSettings ?? HlsGroupSettings ?? FileGroupSettings)?.Destination ?? '';
}

export function isFrameCapture({ VideoDescription }: Output): boolean {
  return VideoDescription?.CodecSettings?.Codec === 'FRAME_CAPTURE';
}

function groupProblems(group: OutputGroup): string[] {
  const outputs = group.Outputs ?? [];
  const modifiers = outputs.map(({ NameModifier }) => NameModifier ?? '');
  const segmented = group.OutputGroupSettings?.Type !== 'FILE_GROUP_SETTINGS';
  const destination = destinationOf(group);
  return [
    ...(destination === '' ? ['/destination: Is required'] : []),
    // It would take the source's own name. Allowed, but never what we want: the fake knows no such name.
    ...(destination.endsWith('/') ? ['/destination: This stand-in wants a base name'] : []),
    ...(new Set(modifiers).size < modifiers.length ? ['/nameModifier: Must be unique in a group'] : []),
    ...(segmented && modifiers.includes('') ? ['/nameModifier: Is required'] : []),
    ...outputs.flatMap((output, index) =>
      outputProblems(output, group).map((line) => `/outputs/${index}${line}`),
    ),
  ];
}

function outputProblems(output: Output, { OutputGroupSettings }: OutputGroup): string[] {
  const { VideoDescription: video, AudioDescriptions: sounds = [] } = output;
  const type = OutputGroupSettings?.Type;
  const h264 = video?.CodecSettings?.H264Settings;
  const cmaf = type === 'CMAF_GROUP_SETTINGS';
  const container = output.ContainerSettings?.Container;
  const wanted = cmaf ? 'CMFC' : type === 'HLS_GROUP_SETTINGS' ? 'M3U8' : null;
  return [
    ...(wanted && container !== wanted ? [`/container: ${container} does not suit ${type}`] : []),
    ...(cmaf && video && sounds.length > 0 ? ['/audioDescriptions: CMAF needs audio in its own output'] : []),
    ...(!video && sounds.length === 0 ? ['/: Should have video or audio'] : []),
    ...(h264?.RateControlMode === 'QVBR' && h264.MaxBitrate === undefined
      ? ['/h264Settings: MaxBitrate is required when RateControlMode is QVBR']
      : []),
    ...(h264?.FramerateControl === 'SPECIFIED' && !(h264.FramerateNumerator && h264.FramerateDenominator)
      ? ['/h264Settings: SPECIFIED needs FramerateNumerator and FramerateDenominator']
      : []),
    ...(h264?.ParControl === 'SPECIFIED' && !(h264.ParNumerator && h264.ParDenominator)
      ? ['/h264Settings: SPECIFIED needs ParNumerator and ParDenominator']
      : []),
    ...(h264 && ((video?.Width ?? 0) % 2 || (video?.Height ?? 0) % 2)
      ? ['/videoDescription: Width and Height must be even']
      : []),
    ...sizeProblems(video?.Width, video?.Height),
  ];
}

function sizeProblems(width = 0, height = 0): string[] {
  const [short, long] = [Math.min(width, height), Math.max(width, height)];
  return long > 4096 || short > 2160 ? [`/videoDescription: ${width} x ${height} is too large`] : [];
}
