'use strict';

/**
 * The canary: opens an upload, signs a part, sends it to storage by its signed URL and deletes the video, as a client would.
 * Runs as it stands here in the Node.js runtime of CloudWatch Synthetics, which brings both packages along; each step makes
 * a SuccessPercent and a Duration of its own. The file is CommonJS, since only that looks where the runtime keeps them.
 */
const { GetSecretValueCommand, SecretsManagerClient } = require('@aws-sdk/client-secrets-manager');
const core = require('@aws/synthetics-core');

/** The package has exported the library itself as well as under its name. */
const synthetics = core.synthetics ?? core;

const REQUEST_TIMEOUT_MS = 10_000;
const MIB = 1024 ** 2;
/** One part more than a whole one, of which the last is sent and never the first: so no upload of ours is ever complete. */
const FILE = { title: 'Canary', sourceMime: 'video/mp4', sourceSizeBytes: 8 * MIB + 1000 };
const LAST_PART = 2;
/** Of S3's error codes; whatever else stands there is not repeated. */
const ERROR_CODE = /^[A-Za-z0-9_.-]{1,64}$/;

exports.handler = async () => {
  const api = apiOf(required('API_URL'), await step('credential', readToken));
  const { id } = await step('create', () => api('POST', '/api/videos', FILE));
  const failures = [];
  try {
    await upload(api, id);
  } catch (error) {
    failures.push(error.message);
  }
  try {
    await step('delete', () => remove(api, id));
  } catch (error) {
    failures.push(error.message);
  }
  if (failures.length > 0) throw new Error(failures.join('; then '));
  return 'An upload was signed, taken by storage and deleted';
};

async function upload(api, videoId) {
  const { sourceMime, sourceSizeBytes } = FILE;
  const session = await step('start', () =>
    api('POST', `/api/videos/${videoId}/uploads`, { sourceMime, sourceSizeBytes }),
  );
  const path = `/api/uploads/${session.uploadSessionId}`;
  const part = await step('sign', () => api('POST', `${path}/parts`, { partNumber: LAST_PART }));
  await step('store', () => send(part));
  await step('look', async () => {
    const { stored } = await api('GET', path);
    if (stored !== String(LAST_PART)) throw new Error(`part ${LAST_PART} is not what storage has`);
  });
}

/** PUTs the part by its signed URL, with nothing but the bytes: no credential, no header of ours. */
async function send({ uploadUrl, sizeBytes }) {
  const response = await request('storage', uploadUrl, { method: 'PUT', body: new Uint8Array(sizeBytes) });
  const body = await response.text();
  if (!response.ok) {
    const [, code] = /<Code>([^<]*)<\/Code>/.exec(body) ?? [];
    throw new Error(`storage answered ${response.status} ${known(code)}`);
  }
  if (!response.headers.get('etag')) throw new Error('storage answered without an ETag');
}

/** Deleted, and gone for whoever asks. */
async function remove(api, videoId) {
  await api('DELETE', `/api/videos/${videoId}`);
  const { status } = await api.ask('GET', `/api/videos/${videoId}`);
  if (status !== 404) throw new Error(`a deleted video is answered with ${status}`);
}

/** Calls the API as the reserved owner. Throws an Error with status, code and request id, and nothing of the body besides. */
function apiOf(base, token) {
  const ask = (method, path, json) =>
    request('the API', `${base}${path}`, {
      method,
      headers: { authorization: `Bearer ${token}`, ...(json && { 'content-type': 'application/json' }) },
      ...(json && { body: JSON.stringify(json) }),
    });
  const call = async (method, path, json) => {
    const response = await ask(method, path, json);
    const body = await response.json().catch(() => ({}));
    if (response.ok) return body;
    const id = known(response.headers.get('x-request-id'));
    throw new Error(`the API answered ${response.status} ${known(body.code)} (request ${id})`);
  };
  return Object.assign(call, { ask });
}

/** A request that ends in time. What went wrong on the way is told by its code: messages and addresses may hold secrets. */
async function request(whom, url, options) {
  try {
    return await fetch(url, {
      ...options,
      headers: { 'user-agent': 'sluice-canary', ...options.headers },
      redirect: 'error',
      signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS),
    });
  } catch (error) {
    const code = error?.name === 'TimeoutError' ? 'timeout' : error?.cause?.code;
    throw new Error(`${whom} did not answer (${known(code)})`);
  }
}

/** Runs one step, timed under its name, which stands before what went wrong. */
function step(name, run) {
  return synthetics.executeStep(name, async () => {
    try {
      return await run();
    } catch (error) {
      throw new Error(`${name}: ${error.message}`);
    }
  });
}

async function readToken() {
  const client = new SecretsManagerClient({ maxAttempts: 2 });
  try {
    const { SecretString } = await client.send(
      new GetSecretValueCommand({ SecretId: required('TOKEN_SECRET_ARN') }),
    );
    return JSON.parse(SecretString).token;
  } catch (error) {
    throw new Error(`the token cannot be read (${known(error?.name)})`);
  }
}

function required(name) {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set`);
  return value;
}

function known(code) {
  return ERROR_CODE.test(String(code ?? '')) ? String(code) : 'unknown';
}
