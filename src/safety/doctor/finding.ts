/** One thing the doctor looked at: what was found, and what to do about it. */
export type Finding = {
  readonly subject: string;
  readonly status: 'pass' | 'warn' | 'fail';
  readonly message: string;
};

export const pass = (subject: string, message: string): Finding => ({ subject, status: 'pass', message });
export const warn = (subject: string, message: string): Finding => ({ subject, status: 'warn', message });
export const fail = (subject: string, message: string): Finding => ({ subject, status: 'fail', message });
