// How this package says "this did not work": an exception with the stable reason of docs/codes.md.
//
// A node's refusals keep the node's number, name and message. What this package itself finds has one of the
// reasons below; their numbers are those of src/base/code.h.

export const reasons = {
  not_found: 3,
  bad_argument: 4,
  amount_overflow: 6,
  bad_hex: 1000,
  bad_address: 1001,
  bad_encoding: 1002,
  bad_public_key: 1010,
  bad_key_file: 1012,
  wrong_passphrase: 1013,
  bad_proof: 1020,
  bad_certificate: 1021,
  bad_header: 1022,
  validators_unknown: 1023,
  transaction_wrong_chain: 2001,
  transaction_sequence_used: 2004,
  transaction_expired: 2006,
  conservation_violated: 3004,
  too_many_requests: 7006,
  node_unreachable: 7100,
  node_timed_out: 7101,
  answer_malformed: 7102,
  answer_stale: 7103,
  sequences_used_up: 7104,
} as const;

export type Reason = keyof typeof reasons;

export class PcqError extends Error {
  /** The number: never reused, never of another meaning. */
  readonly code: number;
  /** Its name; a node of a later version may give one that is not in `Reason`. */
  readonly reason: Reason | (string & {});

  constructor(reason: Reason | { code: number; name: string }, message: string) {
    super(message);
    this.name = 'PcqError';
    this.reason = typeof reason === 'string' ? reason : reason.name;
    this.code = typeof reason === 'string' ? reasons[reason] : reason.code;
  }
}

/** Whether `error` is a PcqError, of one of these reasons if any are named. */
export function isPcqError(error: unknown, ...wanted: Reason[]): error is PcqError {
  return error instanceof PcqError && (wanted.length === 0 || (wanted as string[]).includes(error.reason));
}
