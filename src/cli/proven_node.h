// What a node answers, believed only as far as it is proven: pcq --verify.
//
// A question about state is answered anew, by the node's own handler (src/rpc/reads.h), from records that are
// proven to be in the state that a quorum of the validators has certified; a block is put together again
// under the roots of its certified header; a receipt is proven to be in its block. What the node said has to
// be just that, or it is bad_proof, with the place where it is not. Validators are followed from the genesis
// documents.
//
// What cannot be proven is what a node says of itself: it is passed on, and named by opinions(). Where it
// refuses and that is not proven, the Error says that it is the node's word.
#pragma once

#include <map>
#include <memory>
#include <set>

#include "src/client/verified_reads.h"
#include "src/rpc/params.h"

namespace pcq::cli {

// Not thread-safe.
class ProvenNode {
public:
    // `client` asks the node and outlives this. At least one document.
    ProvenNode(client::RpcClient& client, std::vector<ledger::Genesis> trusted);
    ~ProvenNode();

    // bad_proof, bad_header, bad_certificate, answer_stale: do not believe the node; answer_malformed;
    // chain_unknown: no document is of this chain; and what the node refuses, proven or said to be its word.
    Result<boost::json::value> ask(const std::string& method, const boost::json::object& params);

    // What the answers of one chain rest on: the oldest block that one of them was proven by, and the newest.
    struct Basis {
        std::string chain;  // its name
        std::uint64_t height = 0;
        std::uint64_t time_ms = 0;
        std::uint64_t newest = 0;    // height
        std::size_t validators = 0;  // that there are at the newest
    };
    std::vector<Basis> bases() const;
    // Methods whose last answer to the same question was passed on without proof.
    std::set<std::string> opinions() const;

private:
    class Chain;
    using Answer = Result<boost::json::value>;
    using Question = std::pair<std::string, std::string>;  // method and params

    Answer by_state(std::size_t method, const boost::json::object& params);
    Answer by_records(const boost::json::object& params);
    Answer by_header(std::size_t method, const boost::json::object& params);
    Answer by_receipt(std::size_t method, const boost::json::object& params);
    Answer checked_status(const boost::json::object& params);
    Answer checked_validators(const boost::json::object& params);
    Answer opinion(const std::string& method, const boost::json::object& params);
    Result<Chain*> chain_of(const boost::json::object& params);
    boost::json::object by_id(const boost::json::object& named);

    client::RpcClient& client_;
    rpc::Directory directory_;
    std::map<ChainId, std::unique_ptr<Chain>> chains_;
    std::set<Question> opinions_;
};

}  // namespace pcq::cli
