import { playlistStates } from '#domain/playlist/playlist-states.ts';
import type { StateMachine } from '#domain/state-machine.ts';
import { transcodeJobStates } from '#domain/transcode/transcode-job-states.ts';
import { uploadSessionStates } from '#domain/upload/upload-session-states.ts';
import { videoStates } from '#domain/video/video-states.ts';

/** The page of state diagrams, printed from the tables that code and database keep. */
export function stateDiagrams(): string {
  return [
    '# States',
    '',
    'Printed from the transition tables by `npm run docs`; the same tables make the triggers in Postgres.',
    ...section('Video', 'domain/video/video-states.ts', videoStates),
    ...section('Upload session', 'domain/upload/upload-session-states.ts', uploadSessionStates),
    ...section(
      'Transcode job (one row is one attempt)',
      'domain/transcode/transcode-job-states.ts',
      transcodeJobStates,
    ),
    ...section('Playlist', 'domain/playlist/playlist-states.ts', playlistStates),
    '',
  ].join('\n');
}

function section<S extends string>(title: string, source: string, machine: StateMachine<S>): string[] {
  const arrows = machine.states.flatMap((from) => machine.table[from].map((to) => `  ${from} --> ${to}`));
  const ends = machine.states.filter((state) => machine.isFinal(state)).map((state) => `  ${state} --> [*]`);
  return ['', `## ${title}`, '', `From \`${source}\`.`, '', '```mermaid', 'stateDiagram-v2'].concat(
    `  [*] --> ${machine.initial}`,
    arrows,
    ends,
    '```',
  );
}
