// The validator of the OpenRPC project. It is a CommonJS module, and its types do not hold to this package's rules.
import { createRequire } from 'node:module';

export interface OpenRpcDocument {
  methods: { name: string }[];
}

export const { validateOpenRPCDocument } = createRequire(import.meta.url)('@open-rpc/schema-utils-js') as {
  validateOpenRPCDocument(document: object): true | Error;
};
