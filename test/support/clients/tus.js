import { Upload } from 'tus-js-client';

const seen = { outcome: null, message: '' };
let upload;

window.client = {
  seen,
  async start({ plugin, findPrevious = false }) {
    upload = new Upload(document.querySelector('input').files[0], {
      ...plugin,
      onSuccess() {
        seen.outcome = 'done';
      },
      onError(error) {
        Object.assign(seen, { outcome: 'failed', message: error.message });
      },
    });
    const [previous] = findPrevious ? await upload.findPreviousUploads() : [];
    if (previous) upload.resumeFromPreviousUpload(previous);
    upload.start();
  },
  pause: () => upload.abort(),
  resume: () => upload.start(),
  retry() {
    Object.assign(seen, { outcome: null, message: '' });
    upload.start();
  },
};
