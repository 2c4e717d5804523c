/**
 * Gives a test the buttons of an application that uses Uppy: start, pause, resume, retry.
 *
 * @param {(options: object) => import('@uppy/core').default} create
 */
export function driveUppy(create) {
  const seen = { outcome: null, message: '' };
  let uppy;
  window.client = {
    seen,
    start(options) {
      uppy = create(options);
      uppy.on('upload-success', () => {
        seen.outcome = 'done';
      });
      uppy.on('upload-error', (_file, error) => {
        Object.assign(seen, { outcome: 'failed', message: error.message });
      });
      const [data] = document.querySelector('input').files;
      const id = uppy.addFile({ name: data.name, type: data.type, data });
      uppy.setFileMeta(id, options.meta ?? {});
      // What goes wrong is told by the event.
      uppy.upload().catch(() => undefined);
    },
    pause: () => uppy.pauseAll(),
    resume: () => uppy.resumeAll(),
    retry() {
      Object.assign(seen, { outcome: null, message: '' });
      uppy.retryAll().catch(() => undefined);
    },
  };
}
