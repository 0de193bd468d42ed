// The actions that need more than their fields: proofs that whoever asks has the key.
import { create } from '@bufbuild/protobuf';

import { toAddress } from './address.js';
import { type Bytes, concat, toHex } from './bytes.js';
import {
  type NewUser,
  NewUserSchema,
  type RotateKeys,
  RotateKeysSchema,
} from './gen/proto/pcq/v1/transaction_pb.js';
import { type SigningKey } from './signing_key.js';

// The key shows that its owner wants it registered by, or for, this account.
function possession(key: SigningKey, chain: Bytes, registrar: Bytes, account: Bytes): Promise<Bytes> {
  return key.sign('possession', chain, concat(registrar, account));
}

/** A person's entry for RegisterUsers: made where the person's key is. The commitment has 32 bytes. */
export async function newUser(
  chain: Bytes,
  registrar: Bytes,
  key: SigningKey,
  kycCommitment: Bytes,
): Promise<NewUser> {
  return create(NewUserSchema, {
    key: { type: key.publicKey.type, data: key.publicKey.data },
    possession: await possession(key, chain, registrar, key.account()),
    kycCommitment,
  });
}

/** The line that `pcq account request` prints and `pcq account register` reads. */
export async function accountRequest(
  chain: Bytes,
  registrar: Bytes,
  key: SigningKey,
  kycCommitment: Bytes,
): Promise<string> {
  const user = await newUser(chain, registrar, key, kycCommitment);
  return JSON.stringify({
    chain_id: toHex(chain),
    registrar: toAddress(registrar),
    account: key.address(),
    key_type: key.publicKey.type,
    public_key: toHex(key.publicKey.data),
    possession: toHex(user.possession),
    kyc_commitment: toHex(user.kycCommitment),
  });
}

/** The keys that an account is to have from now on, each with its proof. */
export async function rotateKeys(
  chain: Bytes,
  account: Bytes,
  keys: SigningKey[],
  threshold: number,
): Promise<RotateKeys> {
  const ordered = [...keys].sort((a, b) => a.publicKey.compare(b.publicKey));
  return create(RotateKeysSchema, {
    keys: ordered.map((key) => ({ type: key.publicKey.type, data: key.publicKey.data })),
    threshold,
    possessions: await Promise.all(ordered.map((key) => possession(key, chain, account, account))),
  });
}
