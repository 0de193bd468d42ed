// The node that serves this page, and no other: the page asks nobody else.
import { RpcClient } from 'pcq-client';

export const node = location.origin;
export const rpc = new RpcClient(node);
