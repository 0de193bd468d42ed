// Signing what a replay has shown: the auditor's side of `pcq audit verify --attest`.
//
// The account is looked at before the replay, which may take hours: a key that opens no auditor's account is
// refused at once.
#pragma once

#include "src/audit/verify.h"
#include "src/cli/acting.h"

namespace pcq::cli {

// What became of one chain's attestation.
struct Attested {
    std::string chain;
    std::uint64_t height = 0;  // that the auditor has attested now
    bool is_new = false;       // otherwise there was nothing newer to attest
};

class Attesting {
public:
    // By the account that the key opens on the session's chain. Nothing, and the session's exit code, if it
    // is no auditor's.
    static std::optional<Attesting> open(Session& session, const ActingOptions& options);

    // Each final before the next is signed; a chain of which nothing is newer than what was attested before
    // is left alone. What was done before something went wrong, which the session's exit code says.
    // Everything of these reports must have held.
    std::vector<Attested> attest(Session& session, const std::vector<audit::VerifyReport>& reports);

private:
    Attesting(ActingOptions options, client::Wallet wallet)
        : options_(std::move(options)), wallet_(std::move(wallet)) {}

    ActingOptions options_;
    client::Wallet wallet_;
};

}  // namespace pcq::cli
