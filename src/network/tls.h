// TLS between nodes: version 1.3 only, both sides show a certificate, and what counts is the public key in
// it. A node makes its certificate from its own key when it starts; dates and names in it are not looked at,
// so that no certificate can run out.
#pragma once

#include <functional>
#include <memory>

#include <boost/asio/ssl/context.hpp>

#include "src/base/result.h"
#include "src/crypto/key.h"

namespace pcq::network {

// Decides about the key of whoever is at the other end, during the handshake.
using AllowKey = std::function<bool(const crypto::PublicKey& key)>;

// `own` is an Ed25519 key. `allow` lives as long as the context and is called on its threads.
Result<std::unique_ptr<boost::asio::ssl::context>> make_tls_context(const crypto::SigningKey& own,
                                                                    std::shared_ptr<AllowKey> allow);

// The key that the other end has proven to hold; nothing before the handshake is complete.
std::optional<crypto::PublicKey> peer_key(const SSL* connection);

}  // namespace pcq::network
