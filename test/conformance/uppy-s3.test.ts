import { testClients } from './matrix.ts';

testClients(['uppy-6', 'uppy-5']);
