/** A control call that asks for something that cannot be; over HTTP a 400 with this message. */
export class ControlError extends Error {
  override readonly name = 'ControlError';
}
