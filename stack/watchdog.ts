import { spawn } from 'node:child_process';

export interface Watchdog {
  /** The child has ended: leave its process id alone, another process may get it. */
  disarm(): void;
}

export interface WatchdogTarget {
  /** Leader of a process group. */
  pid: number;
  stopSignal: NodeJS.Signals;
  /** A directory to remove after the child has ended. */
  remove?: string;
}

/**
 * The shell waits on a pipe that only we hold. A line means "disarmed"; end of file means that we
 * died, by whatever means: end the child, then its group after 10 s.
 */
const SCRIPT = `
read -r _ && exit 0
kill -s "$SIGNAL" "$CHILD_PID" 2>/dev/null
i=0
while kill -0 "$CHILD_PID" 2>/dev/null && [ "$i" -lt 100 ]; do sleep 0.1; i=$((i + 1)); done
kill -s KILL -- "-$CHILD_PID" 2>/dev/null
if [ -n "$REMOVE" ]; then rm -rf -- "$REMOVE"; fi
`;

export const armWatchdog = ({ pid, stopSignal, remove = '' }: WatchdogTarget): Watchdog => {
  const shell = spawn('/bin/sh', ['-c', SCRIPT], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
    cwd: '/',
    env: {
      PATH: process.env.PATH ?? '/usr/bin:/bin',
      CHILD_PID: String(pid),
      SIGNAL: stopSignal.replace(/^SIG/, ''),
      REMOVE: remove,
    },
  });
  // Without a shell there is no watchdog, which only matters if we are killed: not worth failing for.
  shell.on('error', () => {});
  shell.stdin.on('error', () => {});
  shell.unref();
  if ('unref' in shell.stdin && typeof shell.stdin.unref === 'function') shell.stdin.unref();
  return { disarm: () => shell.stdin.end('\n') };
};
