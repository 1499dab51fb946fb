import { spawnSync } from 'node:child_process';

const SHELL = /(^|[/-])(sh|bash|dash|zsh|ash)$/;

/**
 * Calls `stop` once npm, which runs this process through a shell, is gone. It passes SIGTERM on to
 * that shell alone, which dies of it, and of SIGKILL nobody learns: the shell lives on. Where `ps` is
 * missing only the shell's end is noticed.
 */
export const whenNpmIsGone = (stop) => {
  const parent = process.ppid;
  // A shell may have handed its own process over: then npm is the parent.
  const npm = parentOfShell(parent) ?? parent;
  const watch = setInterval(() => {
    if (process.ppid === parent && isRunning(npm)) return;
    clearInterval(watch);
    stop();
  }, 500).unref();
};

const parentOfShell = (pid) => {
  const { stdout } = spawnSync('ps', ['-o', 'ppid=,comm=', '-p', String(pid)], {
    encoding: 'utf8',
  });
  const [, parent, command] = /^\s*(\d+)\s+(\S+)/.exec(stdout ?? '') ?? [];
  return SHELL.test(command ?? '') ? Number(parent) : null;
};

const isRunning = (pid) => {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return error.code === 'EPERM';
  }
};
