import type { EmulatorControl } from '../../control/contract.ts';
import type { GoogleContext } from '../../google/context.ts';

export interface DemoOptions {
  address?: string;
}
export interface DemoMailboxResult {
  address: string;
}
export const demoMailbox = async (
  _context: GoogleContext,
  _create: EmulatorControl['createAccount'],
  options: DemoOptions = {},
): Promise<DemoMailboxResult> => ({ address: options.address ?? 'maya@brightwater.example' });
