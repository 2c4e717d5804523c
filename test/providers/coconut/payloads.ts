/** What Coconut's API and its webhook have been seen to send, shortened; ids and hosts are made up. */

export const CREATED = {
  id: 'S9BkOufdntiPR9',
  created_at: '2021-09-25 17:45:59 +0000',
  completed_at: null,
  status: 'job.starting',
  progress: '0%',
  input: { status: 'input.starting' },
  outputs: [{ key: 'hls', type: 'httpstream', format: 'httpstream', status: 'httpstream.waiting' }],
} as const;

const FFPROBE = {
  streams: [
    {
      index: 0,
      codec_type: 'video',
      codec_name: 'h264',
      width: 1280,
      height: 720,
      duration: '57.000000',
      bit_rate: '2048248',
      avg_frame_rate: '24/1',
      disposition: {},
      tags: {},
    },
  ],
  format: {
    duration: '59.304000',
    size: '16146972',
    bit_rate: '2178196',
    format_name: 'mov,mp4,m4a,3gp,3g2,mj2',
  },
} as const;

const VIDEO_ERROR = "The media file couldn't be encoded because of a FFmpeg error.";

const FAILED_JOB = {
  type: 'job',
  status: 'job.failed',
  progress: '100%',
  id: '2QcExample',
  created_at: '2021-08-31 07:57:06 +0000',
  completed_at: '2021-08-31 07:58:06 +0000',
  input: { status: 'input.transferred', metadata: FFPROBE },
  outputs: [
    {
      key: 'intro:webm:480p',
      type: 'video',
      format: 'webm:0x480',
      url: 'https://bucket.example.com/intro.webm',
      status: 'video.encoded',
    },
    { key: 'webm:480p', type: 'video', format: 'webm:0x480', error: VIDEO_ERROR, status: 'video.failed' },
  ],
} as const;

const COMPLETED_JOB = {
  ...FAILED_JOB,
  status: 'job.completed',
  outputs: [
    {
      key: 'hls',
      type: 'httpstream',
      format: 'httpstream',
      status: 'httpstream.packaged',
      urls: [{ format: 'hls', url: 'https://bucket.example.com/hls/master.m3u8' }],
    },
    {
      key: 'poster',
      type: 'image',
      format: 'jpg:480x',
      urls: ['https://bucket.example.com/poster.jpg'],
      status: 'image.created',
    },
  ],
} as const;

/** Bodies of the webhook by event. */
export const EVENTS = {
  'input.transferred': {
    job_id: '2QcExample',
    event: 'input.transferred',
    metadata: true,
    data: { status: 'input.transferred', progress: '100%', metadata: FFPROBE },
  },
  'output.completed, video': {
    job_id: '2QcExample',
    event: 'output.completed',
    metadata: true,
    data: {
      type: 'video',
      status: 'video.encoded',
      progress: '60%',
      key: 'mp4:720p',
      url: 'https://bucket.example.com/720p.mp4',
      metadata: FFPROBE,
    },
  },
  'output.completed, image': {
    job_id: '2QcExample',
    event: 'output.completed',
    metadata: false,
    data: {
      type: 'image',
      status: 'image.created',
      progress: '20%',
      key: 'jpg:480x',
      urls: ['https://bucket.example.com/image.jpg'],
    },
  },
  'output.completed, httpstream': {
    job_id: '2QcExample',
    event: 'output.completed',
    metadata: true,
    data: {
      type: 'httpstream',
      status: 'httpstream.packaged',
      progress: '80%',
      key: 'httpstream',
      urls: [{ format: 'hls', url: 'https://bucket.example.com/hls/master.m3u8' }],
      metadata: { hls: { streams: [] } },
    },
  },
  'output.failed': {
    job_id: '2QcExample',
    event: 'output.failed',
    metadata: false,
    data: { type: 'video', status: 'video.failed', progress: '66%', key: 'webm:480p', error: VIDEO_ERROR },
  },
  'job.completed': { job_id: '2QcExample', event: 'job.completed', metadata: true, data: COMPLETED_JOB },
  'job.failed': { job_id: '2QcExample', event: 'job.failed', metadata: true, data: FAILED_JOB },
} as const;

/** Answers of GET /v2/jobs/{id}: what a webhook calls `data`. */
export const JOBS = { completed: COMPLETED_JOB, failed: FAILED_JOB } as const;

/** As the document of the direct contract shows the webhook's body. */
export const PLAIN = {
  job_id: '2QcExample',
  status: 'completed',
  outputs: {
    hls: 'https://bucket.example.com/hls/master.m3u8',
    thumbnail: 'https://bucket.example.com/poster.jpg',
  },
} as const;
