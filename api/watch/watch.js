// Keeps the watch page current: asks for the video's state until it is READY or FAILED, then hands over to the player.

/** @typedef {{ status: string, title: string, posterUrl: string | null, streamUrl: string | null }} WatchState */

const POLL_MS = 2000;
const POLL_AFTER_ERROR_MAX_MS = 15000;

const page = document.body.dataset;
const video = /** @type {HTMLVideoElement} */ (document.getElementById('video'));
const card = element('card');
const poster = /** @type {HTMLImageElement} */ (document.getElementById('poster'));
const retry = element('retry');
/** @type {Record<string, { heading: string, text: string }>} */
const texts = JSON.parse(element('texts').textContent ?? '{}');

/** Failures in a row of asking for the state. */
let failures = 0;
let isPlaying = false;
/** Where playback broke off. */
let startSeconds = 0;
/** @type {ReturnType<typeof setTimeout> | undefined} */
let timer;

retry.addEventListener('click', () => {
  retry.hidden = true;
  say('READY');
  void ask();
});
document.addEventListener('visibilitychange', () => {
  if (!document.hidden) void ask();
});
void ask();

/** One question; it plans the next one itself. */
async function ask() {
  clearTimeout(timer);
  if (isPlaying) return;
  try {
    const answer = await fetch(`/watch/${page.videoId}.json`, { cache: 'no-store' });
    if (answer.status === 404) return show('GONE', 'Video not found', 'The video was deleted.');
    if (!answer.ok) throw new Error(`The state was answered with ${answer.status}`);
    failures = 0;
    await apply(await answer.json());
  } catch {
    failures += 1;
    if (failures > 2) show('WAITING', 'No connection', 'Trying again by itself.');
    later(Math.min(POLL_MS * 2 ** failures, POLL_AFTER_ERROR_MAX_MS));
  }
}

/** @param {WatchState} state */
async function apply({ status, title, posterUrl, streamUrl }) {
  document.title = title;
  element('title').textContent = title;
  if (posterUrl && poster.getAttribute('src') !== posterUrl) {
    poster.src = posterUrl;
    poster.hidden = false;
    video.poster = posterUrl;
  }
  if (status === 'READY' && streamUrl) return play(streamUrl);
  say(status);
  if (status !== 'FAILED') later(POLL_MS);
}

/** @param {string} streamUrl */
async function play(streamUrl) {
  isPlaying = true;
  page.status = 'READY';
  const { startPlayer } = await import(page.player ?? '');
  video.hidden = false;
  card.hidden = true;
  await startPlayer({
    video,
    streamUrl,
    hlsUrl: page.hls,
    hlsWorkerUrl: page.hlsWorker,
    startSeconds,
    /** @type {(text: string, atSeconds: number) => void} */
    onFailure(text, atSeconds) {
      isPlaying = false;
      startSeconds = atSeconds;
      video.hidden = true;
      card.hidden = false;
      retry.hidden = false;
      show('ERROR', 'Playback stopped', text);
      retry.focus();
    },
  });
}

/** @param {string} status one of the API's */
function say(status) {
  const { heading, text } = texts[status] ?? { heading: status, text: '' };
  show(status, heading, text);
}

/**
 * Changes the words only when they are others, so that a screen reader hears each state once.
 *
 * @param {string} status
 * @param {string} heading
 * @param {string} text
 */
function show(status, heading, text) {
  page.status = status;
  const [headingElement, textElement] = [element('heading'), element('text')];
  if (headingElement.textContent !== heading) headingElement.textContent = heading;
  if (textElement.textContent !== text) textElement.textContent = text;
}

/** @param {number} delayMs */
function later(delayMs) {
  clearTimeout(timer);
  // Nobody looks at a hidden tab; coming back asks at once.
  if (!document.hidden) timer = setTimeout(ask, delayMs);
}

/** @param {string} id */
function element(id) {
  const found = document.getElementById(id);
  if (!found) throw new Error(`The page has no #${id}`);
  return found;
}
