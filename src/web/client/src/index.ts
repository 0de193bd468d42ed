// The client of PCQ. README.md shows how it is used; each file says what it promises.
export { accountFromText, fromAddress, toAddress } from './address.js';
export { accountRequest, newUser, rotateKeys } from './actions.js';
export { type JudgedAttestation, type JudgedAttestations, readAttestations } from './attestations.js';
export { Header, type HeaderFields, ValidatorSet } from './block.js';
export { type Bytes, fromBase64, fromHex, toBase64, toHex } from './bytes.js';
export { decode, decodeCanonical, encode } from './canonical.js';
export { commitDigest, LightClient, quorum, type Succession, verifyCertificate } from './certificate.js';
export {
  ChainClient,
  type ChainOptions,
  type Final,
  type Never,
  type Undecided,
  type Unsettled,
} from './chain_client.js';
export { isPcqError, PcqError, type Reason } from './error.js';
export { type Genesis, readGenesis } from './genesis.js';
export { genesisHeader } from './genesis_block.js';
export { sha256, taggedHash } from './hash.js';
export { type Json } from './json.js';
export { fromNodeJson } from './node_json.js';
export { changePassphrase, keyFileIn, newKeyFile, openKeyFile } from './key_file.js';
export { listRoot, verifyRange } from './list_tree.js';
export { type News, type NewsOptions, type Topic } from './news.js';
export { KeyType, PublicKey } from './public_key.js';
export { type Fate, RpcClient, type RpcOptions, type SubmitOptions } from './rpc_client.js';
export { type KeyOptions, SigningKey } from './signing_key.js';
export { verifyStateProof } from './state_proof.js';
export { checkStatement, type Statement } from './statement.js';
export { type Change, type Movement, movementsByBlock, type StatementOptions } from './statement_file.js';
export { type Table, tables } from './tables.js';
export {
  type Action,
  actionBytes,
  readTransaction,
  signTransaction,
  transactionHash,
} from './transaction.js';
export {
  type Receipt,
  type VerifiedBlock,
  VerifiedReader,
  type VerifiedRecords,
  type VerifiedTransaction,
} from './verified_reader.js';
export { Wake, type WakeOptions } from './wake.js';
export { type Signed, Wallet } from './wallet.js';

// The messages of proto/pcq/v1.
export * from './gen/proto/pcq/v1/allocation_pb.js';
export * from './gen/proto/pcq/v1/block_pb.js';
export * from './gen/proto/pcq/v1/emissions_pb.js';
export * from './gen/proto/pcq/v1/genesis_pb.js';
export * from './gen/proto/pcq/v1/governance_pb.js';
export * from './gen/proto/pcq/v1/life_pb.js';
export * from './gen/proto/pcq/v1/state_pb.js';
export * from './gen/proto/pcq/v1/transaction_pb.js';
