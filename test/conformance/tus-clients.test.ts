import { testClients } from './matrix.ts';

testClients(['tus-node', 'tus', 'uppy-tus']);
