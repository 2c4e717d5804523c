import { stateMachine, type TransitionTable } from '../state-machine.ts';

export type PlaylistState = 'UPLOADING' | 'UPLOADED' | 'UNPACKING' | 'UNPACKED' | 'FAILED';

/** A lone file is UNPACKED from the start; an archive walks the whole way. */
export const PLAYLIST_TRANSITIONS = {
  UPLOADING: ['UPLOADED', 'UNPACKED', 'FAILED'],
  UPLOADED: ['UNPACKING', 'FAILED'],
  UNPACKING: ['UNPACKED', 'FAILED'],
  UNPACKED: [],
  FAILED: [],
} as const satisfies TransitionTable<PlaylistState>;

export const playlistStates = stateMachine<PlaylistState>('playlist', PLAYLIST_TRANSITIONS);
