// Vectors that hold clients in other languages to this one: tests/data/vectors/*.json, made by the real code.
//
// Each is one JSON object; bytes are hexadecimal. What is refused comes with the code and the words for it,
// which other clients give too. Deterministic: P-256 signatures, whose nonce is drawn, are constants that are
// checked.
#pragma once

#include <boost/json/object.hpp>

namespace pcq::client {

boost::json::object key_vectors();          // keys, signatures of every kind of edge, addresses
boost::json::object code_vectors();         // every code's name and number
boost::json::object table_vectors();        // keys of the state
boost::json::object transaction_vectors();  // bodies, and what their keys make of them
boost::json::object chain_vectors();  // a genesis document, headers, certificates, changes of the validators
boost::json::object genesis_vectors();      // genesis documents and what block 0 of each is
boost::json::object state_proof_vectors();  // presence, absence
boost::json::object list_vectors();         // runs of transactions and receipts

}  // namespace pcq::client
