import type { CreateJobCommandInput, Output, OutputGroup } from '@aws-sdk/client-mediaconvert';
import { expect, test } from 'vitest';
import { jobRequest } from '#providers/transcoders/mediaconvert/job-request.ts';
import type { SourceProbe } from '#providers/transcoders/source-inspector.ts';
import { TranscodeFailure } from '#providers/transcoders/transcoder.ts';
import { requestSchema } from '#test/support/mediaconvert/request-schema.ts';
import { ruleProblems } from '#test/support/mediaconvert/service-rules.ts';
import { JOB_ID, orderOf, PLACE, probeOf, VIDEO_ID } from './probes.ts';

const schema = requestSchema();
const PREFIX = orderOf().outputPrefix;

/** The request for a probe, checked by the service's model. */
function requestFor(
  probe?: SourceProbe,
  settings: Parameters<typeof orderOf>[1] = {},
): CreateJobCommandInput {
  const request = jobRequest(orderOf(probe, settings), PLACE);
  expect([...schema.problems(request), ...ruleProblems(request)]).toEqual([]);
  return request;
}

const groupsOf = (request: CreateJobCommandInput) => request.Settings?.OutputGroups ?? [];
const outputsOf = (group: OutputGroup | undefined) => group?.Outputs ?? [];
const h264Of = (output: Output | undefined) => output?.VideoDescription?.CodecSettings?.H264Settings;

test('a job names the order in its token and in what every event echoes', () => {
  const { Settings, ...frame } = requestFor();
  expect(frame).toEqual({
    Role: PLACE.roleArn,
    Queue: PLACE.queueArn,
    ClientRequestToken: JOB_ID,
    UserMetadata: { jobId: JOB_ID, videoId: VIDEO_ID },
    StatusUpdateInterval: 'SECONDS_10',
  });
  expect(Settings?.TimecodeConfig).toEqual({ Source: 'ZEROBASED' });
  expect(jobRequest(orderOf(), { ...PLACE, queueArn: undefined })).not.toHaveProperty('Queue');
});

test('the source is read where it was verified, upright, with its sound', () => {
  const [input] = requestFor().Settings?.Inputs ?? [];
  expect(input).toEqual({
    FileInput: `s3://sources/${orderOf().source.key}`,
    TimecodeSource: 'ZEROBASED',
    VideoSelector: { Rotate: 'AUTO' },
    AudioSelectors: { 'Audio Selector 1': { DefaultSelection: 'DEFAULT' } },
  });
});

test('rotation that only the probe saw is told in degrees', () => {
  const matroska = probeOf({ rotationDegrees: 90 }, {}, { demuxer: 'matroska' });
  expect(requestFor(matroska).Settings?.Inputs?.[0]?.VideoSelector).toEqual({ Rotate: 'DEGREES_90' });
  const upright = probeOf({}, {}, { demuxer: 'avi' });
  expect(requestFor(upright).Settings?.Inputs?.[0]?.VideoSelector).toEqual({ Rotate: 'DEGREE_0' });
});

test('fMP4 is a CMAF group whose master stands directly under the prefix', () => {
  const [hls] = groupsOf(requestFor());
  expect(hls?.OutputGroupSettings?.Type).toBe('CMAF_GROUP_SETTINGS');
  expect(hls?.OutputGroupSettings?.CmafGroupSettings).toMatchObject({
    Destination: `s3://media/${PREFIX}master`,
    SegmentLength: 4,
    SegmentControl: 'SEGMENTED_FILES',
    WriteHlsManifest: 'ENABLED',
    WriteDashManifest: 'DISABLED',
  });
  expect(outputsOf(hls).map(({ NameModifier }) => NameModifier)).toEqual([
    '_1080p',
    '_720p',
    '_480p',
    '_360p',
    '_audio',
  ]);
});

test('each rung is H.264 by QVBR below its cap, in closed GOPs that fall together', () => {
  const rungs = outputsOf(groupsOf(requestFor())[0]).slice(0, 4);
  expect(rungs.map((output) => output.VideoDescription)).toMatchObject([
    { Width: 1920, Height: 1080, ScalingBehavior: 'STRETCH_TO_OUTPUT' },
    { Width: 1280, Height: 720 },
    { Width: 854, Height: 480 },
    { Width: 640, Height: 360 },
  ]);
  expect(rungs.map((output) => h264Of(output)?.MaxBitrate)).toEqual([
    5_000_000, 2_800_000, 1_400_000, 800_000,
  ]);
  for (const rung of rungs)
    expect(h264Of(rung)).toMatchObject({
      RateControlMode: 'QVBR',
      GopSize: 2,
      GopSizeUnits: 'SECONDS',
      GopClosedCadence: 1,
      SceneChangeDetect: 'TRANSITION_DETECTION',
      MinIInterval: 0,
      FramerateControl: 'INITIALIZE_FROM_SOURCE',
      CodecLevel: 'AUTO',
    });
  expect(h264Of(rungs[0])).not.toHaveProperty('Bitrate');
});

test('TS carries the sound in every rung', () => {
  const [hls] = groupsOf(requestFor(probeOf(), { segmentContainer: 'ts' }));
  expect(hls?.OutputGroupSettings?.Type).toBe('HLS_GROUP_SETTINGS');
  expect(hls?.OutputGroupSettings?.HlsGroupSettings?.Destination).toBe(`s3://media/${PREFIX}master`);
  expect(outputsOf(hls)).toHaveLength(4);
  for (const output of outputsOf(hls)) expect(output.AudioDescriptions).toHaveLength(1);
});

test.each(['fmp4', 'ts'] as const)('a source without sound has none anywhere (%s)', (segmentContainer) => {
  const request = requestFor(probeOf({}, null), { segmentContainer, mp4Renditions: true });
  expect(request.Settings?.Inputs?.[0]).not.toHaveProperty('AudioSelectors');
  const outputs = groupsOf(request).flatMap(outputsOf);
  expect(outputs.filter(({ AudioDescriptions }) => AudioDescriptions)).toEqual([]);
  expect(JSON.stringify(request)).not.toMatch(/audio/i);
});

test('a variable rate goes to the exact rate of the frame grid', () => {
  const probe = probeOf({ variableFrameRate: true, averageFrameRate: { numerator: 2937, denominator: 100 } });
  const [rung] = outputsOf(groupsOf(requestFor(probe))[0]);
  expect(h264Of(rung)).toMatchObject({
    FramerateControl: 'SPECIFIED',
    FramerateConversionAlgorithm: 'DUPLICATE_DROP',
    FramerateNumerator: 30_000,
    FramerateDenominator: 1001,
  });
});

test('slow motion is thinned to 60 frames a second', () => {
  const probe = probeOf({ averageFrameRate: { numerator: 240, denominator: 1 } });
  const [rung] = outputsOf(groupsOf(requestFor(probe))[0]);
  expect(h264Of(rung)).toMatchObject({ FramerateNumerator: 60, FramerateDenominator: 1 });
});

test('sound is stereo AAC at 48 kHz; mono and 5.1 are mixed by explicit gains', () => {
  const soundOf = (channels: number, audioBitsPerSecond = 128_000) => {
    const outputs = outputsOf(groupsOf(requestFor(probeOf({}, { channels }), { audioBitsPerSecond }))[0]);
    return outputs.at(-1)?.AudioDescriptions?.[0];
  };
  expect(soundOf(2)?.CodecSettings?.AacSettings).toEqual({
    CodecProfile: 'LC',
    RateControlMode: 'CBR',
    CodingMode: 'CODING_MODE_2_0',
    SampleRate: 48_000,
    Bitrate: 128_000,
  });
  expect(soundOf(2)).not.toHaveProperty('RemixSettings');
  expect(soundOf(1)?.RemixSettings).toMatchObject({ ChannelsIn: 1, ChannelsOut: 2 });
  expect(soundOf(6)?.RemixSettings?.ChannelMapping?.OutputChannels).toHaveLength(2);
  const bitrates = [8_000, 100_000, 150_000, 999_000].map(
    (wanted) => soundOf(2, wanted)?.CodecSettings?.AacSettings?.Bitrate,
  );
  expect(bitrates).toEqual([64_000, 96_000, 128_000, 384_000]);
});

test('HDR becomes SDR in every picture, SDR is left alone', () => {
  const correctors = (probe: SourceProbe) =>
    groupsOf(requestFor(probe))
      .flatMap(outputsOf)
      .filter(({ VideoDescription }) => VideoDescription)
      .map(({ VideoDescription }) => VideoDescription?.VideoPreprocessors?.ColorCorrector);
  const sdr = { ColorSpaceConversion: 'FORCE_709', HdrToSdrToneMapper: 'PRESERVE_DETAILS' };
  expect(correctors(probeOf({ hdr: 'pq' }))).toEqual(Array(5).fill(sdr));
  expect(correctors(probeOf())).toEqual(Array(5).fill(undefined));
});

test('an interlaced source is deinterlaced to the rate of the grid', () => {
  const [rung] = outputsOf(groupsOf(requestFor(probeOf({ interlaced: true })))[0]);
  expect(rung?.VideoDescription?.VideoPreprocessors?.Deinterlacer?.Mode).toBe('DEINTERLACE');
  expect(h264Of(rung)).toMatchObject({ InterlaceMode: 'PROGRESSIVE', FramerateControl: 'SPECIFIED' });
});

test('the poster comes from a group of its own, no larger than it has to be', () => {
  const [, poster] = groupsOf(requestFor());
  expect(poster?.OutputGroupSettings).toEqual({
    Type: 'FILE_GROUP_SETTINGS',
    FileGroupSettings: { Destination: `s3://media/${PREFIX}poster` },
  });
  const [output] = outputsOf(poster);
  expect(output?.VideoDescription).toMatchObject({ Width: 1280, Height: 720 });
  expect(output?.VideoDescription?.CodecSettings?.FrameCaptureSettings).toMatchObject({
    FramerateNumerator: 1000,
    FramerateDenominator: 2000,
    MaxCaptures: 2,
  });
});

test('MP4 renditions are one group each, named by their label alone', () => {
  const groups = groupsOf(requestFor(probeOf(), { mp4Renditions: true })).slice(2);
  expect(groups.map((group) => group.OutputGroupSettings?.FileGroupSettings?.Destination)).toEqual(
    ['1080p', '720p', '480p', '360p'].map((label) => `s3://media/${PREFIX}${label}`),
  );
  for (const group of groups) {
    expect(outputsOf(group)).toHaveLength(1);
    expect(outputsOf(group)[0]).toMatchObject({ Extension: 'mp4', ContainerSettings: { Container: 'MP4' } });
    expect(outputsOf(group)[0]).not.toHaveProperty('NameModifier');
  }
});

test('no ACL and no encryption is asked for: the bucket decides', () => {
  expect(JSON.stringify(requestFor(probeOf(), { mp4Renditions: true }))).not.toMatch(
    /AccessControl|Encryption/,
  );
});

test('a size that MediaConvert cannot make fails for good before anything is asked', () => {
  for (const [width, height] of [
    [20, 20],
    [8192, 1080],
  ] as const) {
    const probe = probeOf({
      displayWidth: width,
      displayHeight: height,
      codedWidth: width,
      codedHeight: height,
    });
    const refused = () => jobRequest(orderOf(probe), PLACE);
    expect(refused).toThrow(TranscodeFailure);
    expect(refused).toThrow(expect.objectContaining({ isFinal: true }));
  }
});
