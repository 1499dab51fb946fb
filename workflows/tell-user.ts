import { isCancellation, log } from '@temporalio/workflow';

/** A mail that cannot be sent stops nothing and undoes nothing: the page says the same. */
export async function tellUser(mail: () => Promise<void>): Promise<void> {
  try {
    await mail();
  } catch (error) {
    if (isCancellation(error)) throw error;
    log.warn('the user could not be mailed');
  }
}
