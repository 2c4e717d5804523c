// Plays one HLS stream with hls.js, or natively where Media Source Extensions are missing.
// hls.js deals with non-fatal errors by itself; after a fatal one it stops and waits for us, and that is most of this.

const NETWORK_BACKOFF_MS = [500, 1000, 2000, 4000, 8000, 8000, 8000];
const MEDIA_RECOVERIES_MAX = 3;
const MEDIA_RECOVERIES_WITHIN_MS = 30000;
const BACK_BUFFER_SECONDS = 60;

/**
 * @typedef {object} PlayerOptions
 * @property {HTMLVideoElement} video
 * @property {string} streamUrl master playlist
 * @property {string} hlsUrl hls.js as a module
 * @property {string} hlsWorkerUrl its worker
 * @property {number} startSeconds where to begin
 * @property {(text: string, atSeconds: number) => void} onFailure called once, when nothing more can be tried; the text
 *   is for people, and a new player can go on at these seconds
 */

/**
 * Starts to load. Resolves when loading has begun.
 *
 * @param {PlayerOptions} options
 */
export async function startPlayer(options) {
  const { video, streamUrl, startSeconds } = options;
  const onFailure = (/** @type {string} */ text) =>
    options.onFailure(text, video.currentTime || startSeconds);
  const Hls = await importHls(options.hlsUrl);
  if (!Hls) return onFailure('The player could not be loaded. Check your connection.');
  // First, because a browser may claim HLS of its own and play it badly.
  if (Hls.isSupported()) return startHls(Hls, options);
  if (video.canPlayType('application/vnd.apple.mpegurl') === '')
    return onFailure('This browser cannot play adaptive streams. Try a newer one.');
  video.addEventListener('error', () => onFailure('The video could not be loaded. Check your connection.'), {
    once: true,
  });
  // A media fragment, which native players honour (W3C Media Fragments, section 4.2.1).
  video.src = startSeconds > 0 ? `${streamUrl}#t=${startSeconds}` : streamUrl;
}

/** @param {string} url */
async function importHls(url) {
  try {
    return (await import(url)).default;
  } catch {
    return undefined;
  }
}

/**
 * @param {any} Hls the module's default export
 * @param {PlayerOptions} options
 */
function startHls(Hls, { video, streamUrl, hlsWorkerUrl, startSeconds, onFailure }) {
  const hls = new Hls({
    workerPath: hlsWorkerUrl,
    capLevelToPlayerSize: true,
    backBufferLength: BACK_BUFFER_SECONDS,
    startPosition: startSeconds > 0 ? startSeconds : -1,
  });
  let networkFailures = 0;
  /** When media errors were recovered from, milliseconds. @type {number[]} */
  let recoveries = [];
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;

  hls.on(Hls.Events.FRAG_BUFFERED, () => {
    networkFailures = 0;
    recoveries = [];
  });
  hls.on(Hls.Events.ERROR, (/** @type {unknown} */ _event, /** @type {any} */ { fatal, type }) => {
    if (!fatal) return;
    if (type === Hls.ErrorTypes.NETWORK_ERROR) retryLater();
    else if (type === Hls.ErrorTypes.MEDIA_ERROR) recover();
    else giveUp('This browser cannot play the video.');
  });
  addEventListener('online', retryNow);
  addEventListener('pagehide', end);

  hls.loadSource(streamUrl);
  hls.attachMedia(video);

  function retryLater() {
    const delayMs = NETWORK_BACKOFF_MS[networkFailures];
    networkFailures += 1;
    if (delayMs === undefined) return giveUp('The connection was lost.');
    clearTimeout(timer);
    timer = setTimeout(resumeLoading, delayMs);
  }

  function retryNow() {
    if (networkFailures > 0) resumeLoading();
  }

  function resumeLoading() {
    clearTimeout(timer);
    // Without levels even the master playlist did not arrive.
    if (hls.levels.length === 0) hls.loadSource(streamUrl);
    else hls.startLoad(-1);
  }

  function recover() {
    const now = performance.now();
    recoveries = [...recoveries.filter((moment) => now - moment < MEDIA_RECOVERIES_WITHIN_MS), now];
    if (recoveries.length > MEDIA_RECOVERIES_MAX) return giveUp('The video could not be decoded.');
    hls.recoverMediaError();
  }

  /** @param {string} text */
  function giveUp(text) {
    // Read first: destroying the player empties the element.
    const atSeconds = video.currentTime || startSeconds;
    end();
    onFailure(text, atSeconds);
  }

  function end() {
    clearTimeout(timer);
    removeEventListener('online', retryNow);
    removeEventListener('pagehide', end);
    hls.destroy();
  }
}
