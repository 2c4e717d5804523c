import Uppy from '@uppy/core';
import Tus from '@uppy/tus';
import { driveUppy } from './drive-uppy.js';

driveUppy(({ plugin }) => new Uppy().use(Tus, plugin));
