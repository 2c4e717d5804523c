import type { CreateJobCommandInput, H264Settings, Output } from '@aws-sdk/client-mediaconvert';
import { expect, test } from 'vitest';
import { jobRequest } from '#providers/transcoders/mediaconvert/job-request.ts';
import { requestSchema } from '#test/support/mediaconvert/request-schema.ts';
import { ruleProblems } from '#test/support/mediaconvert/service-rules.ts';
import { orderOf, PLACE } from './probes.ts';

const schema = requestSchema();

/** A request with one thing wrong in it. */
function planted(spoil: (request: CreateJobCommandInput) => void): CreateJobCommandInput {
  const request = structuredClone(jobRequest(orderOf(), PLACE));
  spoil(request);
  return request;
}

const output = (request: CreateJobCommandInput, index = 0): Output =>
  request.Settings?.OutputGroups?.[0]?.Outputs?.[index] ?? {};
const h264 = (request: CreateJobCommandInput): H264Settings =>
  output(request).VideoDescription?.CodecSettings?.H264Settings ?? {};

/** Defects past the compiler, as a careless cast would let them through. */
const MODEL_DEFECTS: Readonly<Record<string, (request: CreateJobCommandInput) => void>> = {
  'a role is missing': (request) => void Reflect.deleteProperty(request, 'Role'),
  'a member that the model has not': (request) => void Object.assign(h264(request), { Crf: 23 }),
  'a word that is none of an enum': (request) =>
    void Object.assign(h264(request), { RateControlMode: 'CRF' }),
  'a quality above ten': (request) =>
    void Object.assign(h264(request), { QvbrSettings: { QvbrQualityLevel: 11 } }),
  'a number as text': (request) => void Object.assign(h264(request), { MaxBitrate: '5000000' }),
  'half a pixel': (request) => void Object.assign(output(request).VideoDescription ?? {}, { Width: 853.5 }),
  'a width below 32': (request) => void Object.assign(output(request).VideoDescription ?? {}, { Width: 30 }),
  'metadata that is no text': (request) => void Object.assign(request.UserMetadata ?? {}, { attempt: 1 }),
  'an interval that is not offered': (request) =>
    void Object.assign(request, { StatusUpdateInterval: 'SECONDS_5' }),
};

const RULE_DEFECTS: Readonly<Record<string, (request: CreateJobCommandInput) => void>> = {
  'QVBR without a maximum': (request) => void Reflect.deleteProperty(h264(request), 'MaxBitrate'),
  'sound muxed into CMAF video': (request) =>
    void Object.assign(output(request), { AudioDescriptions: output(request, 4).AudioDescriptions }),
  'two outputs of one name': (request) => void Object.assign(output(request), { NameModifier: '_720p' }),
  'an output without a name': (request) => void Reflect.deleteProperty(output(request), 'NameModifier'),
  'pictures and nothing else': (request) => void request.Settings?.OutputGroups?.shift(),
  'a destination without a base name': (request) => {
    const settings = request.Settings?.OutputGroups?.[0]?.OutputGroupSettings?.CmafGroupSettings;
    if (settings) settings.Destination = 's3://media/videos/';
  },
  'an odd width': (request) => void Object.assign(output(request).VideoDescription ?? {}, { Width: 853 }),
  'a token of more than 64 characters': (request) => {
    request.ClientRequestToken = 'x'.repeat(65);
  },
};

test('the request as it is has no defect', () => {
  const request = planted(() => undefined);
  expect([...schema.problems(request), ...ruleProblems(request)]).toEqual([]);
});

test.each(Object.entries(MODEL_DEFECTS))("the service's model refuses %s", (_, spoil) => {
  expect(schema.problems(planted(spoil))).not.toEqual([]);
});

test.each(Object.entries(RULE_DEFECTS))('the model would take %s; the rules beside it do not', (_, spoil) => {
  const request = planted(spoil);
  expect(schema.problems(request)).toEqual([]);
  expect(ruleProblems(request)).not.toEqual([]);
});

test('names of the wire are read back as the names of the model, and what it does not know stays', () => {
  const wire = { role: 'r', settings: { followSource: 1, noSuch: 2 }, userMetadata: { jobId: 'a' } };
  expect(schema.fromWire(wire)).toEqual({
    Role: 'r',
    Settings: { FollowSource: 1, noSuch: 2 },
    UserMetadata: { jobId: 'a' },
  });
  expect(schema.problems(schema.fromWire(wire))).toHaveLength(1);
});
