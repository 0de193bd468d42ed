// TLS between nodes: version 1.3 only, both sides show a certificate, and what counts is the public key in
// it. A node makes its certificate from its own key, for a day, and makes the next one long before that ends.
// Dates and names in a certificate admit nobody and keep nobody out: a peer whose certificate is outdated is
// worth an alarm, since its renewal or a clock has failed, and no more.
#pragma once

#include <functional>
#include <memory>

#include <boost/asio/ssl/context.hpp>

#include "src/base/instant.h"
#include "src/base/result.h"
#include "src/crypto/key.h"

namespace pcq::network {

// Decides about the key of whoever is at the other end, during the handshake.
using AllowKey = std::function<bool(const crypto::PublicKey& key)>;

// From when until when a certificate says that it is good.
struct Validity {
    Instant from;
    Instant until;

    bool covers(Instant at) const { return from <= at && at <= until; }
    friend bool operator==(const Validity&, const Validity&) = default;
};

// Without a certificate yet. `own` is an Ed25519 key. `allow` lives as long as the context and is called on
// its threads.
Result<std::unique_ptr<boost::asio::ssl::context>> make_tls_context(const crypto::SigningKey& own,
                                                                    std::shared_ptr<AllowKey> allow);
// A fresh certificate of the context's own key, for handshakes from now on; connections that stand go on.
Result<> renew_certificate(boost::asio::ssl::context& context, const Validity& validity);

// The key that the other end has proven to hold; nothing before the handshake is complete.
std::optional<crypto::PublicKey> peer_key(const SSL* connection);
// As its certificate says; nothing if its dates cannot be read.
std::optional<Validity> peer_validity(const SSL* connection);

}  // namespace pcq::network
