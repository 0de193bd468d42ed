// Transactions on their way in: from a client's `submit` to the answer, at admission or at commit.
//
// A submission is registered before the mempool sees it, so that no commit can be missed, and is answered
// exactly once: by the mempool's refusal, at admission, by the block that holds it, when it has left the
// mempool for no block, at its deadline, or because the node stops. A transaction sent again gets the first
// one's fate. At most `waiting_max` wait at a time; the next is refused with too_many_requests.
//
// The log follows a transaction whose client has named the request, from its refusal or admission to its
// block or its end, whether the client waits or not; at level debug every one. At most kFollowedMax at a
// time.
//
// submit(), committed() and left() may be called from any thread. The callbacks that the backend keeps may
// outlive this object; they then do nothing.
#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <unordered_map>

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>

#include "src/rpc/backend.h"
#include "src/rpc/request_id.h"

namespace pcq::rpc {

struct Submission {
    ChainId chain;
    ledger::RawTransaction transaction;
    bool until_commit = false;  // otherwise answered at admission
    std::chrono::milliseconds timeout{0};
    RequestId request{};
};

struct Submitted {
    Hash hash;
    TransactionFate fate;
};

class Submissions {
public:
    using Done = std::function<void(Result<Submitted>)>;

    Submissions(const boost::asio::any_io_executor& executor, Backend& backend, std::size_t waiting_max);
    ~Submissions();
    Submissions(const Submissions&) = delete;
    Submissions& operator=(const Submissions&) = delete;

    // `done` is called from the executor's threads, or before this returns when the bound is reached.
    void submit(Submission submission, Done done);
    void committed(std::shared_ptr<const CommittedBlock> block);
    // These have left the mempool of this chain, and no block has them.
    void left(const ChainId& chain, std::vector<Hash> hashes);
    // Answers everything that waits with Code::stopped, and takes nothing more.
    void stop();

    std::size_t waiting() const { return waiting_; }

private:
    using Number = std::uint64_t;
    using Deadline = std::pair<std::chrono::steady_clock::time_point, Number>;

    struct Entry {
        ChainId chain;
        Hash hash;
        bool until_commit = false;
        Deadline deadline;
        Done done;
        std::optional<RequestId> request{};  // if the log follows it
    };
    // The way back in for the backend's callbacks, which may come when this object is gone.
    struct Gate {
        std::mutex mutex;
        Submissions* target = nullptr;
    };

    void enter(Number number, Entry entry);
    void admitted(Number number, const Result<Hash>& outcome);
    void on_block(const CommittedBlock& block);
    void on_left(const ChainId& chain, const std::vector<Hash>& hashes);
    std::vector<Number> waiting_for(const ChainId& chain, const Hash& hash) const;
    void answer(Number number, Result<Submitted> result);
    void answer_with_fate(Number number);
    void arm();
    bool has_interest() const { return waiting_ != 0 || followed_count_ != 0; }
    void follow(const Entry& entry);
    void log_refused(const Entry& entry, const Error& why);
    void log_admitted(const Entry& entry);
    // Of a transaction that the log follows: its last line.
    void log_end(const ChainId& chain, const Hash& hash, const TransactionFate& fate);
    std::string name_of(const ChainId& chain) const;

    Backend& backend_;
    const std::size_t waiting_max_;
    boost::asio::strand<boost::asio::any_io_executor> strand_;
    boost::asio::steady_timer timer_;
    std::shared_ptr<Gate> gate_ = std::make_shared<Gate>();
    std::atomic<std::size_t> waiting_ = 0;
    std::atomic<Number> next_number_ = 1;
    std::atomic<bool> stopped_ = false;
    // Owned by the strand.
    std::unordered_map<Number, Entry> entries_;
    std::unordered_multimap<Hash, Number, IdHasher> until_commit_;
    std::map<Deadline, Number> deadlines_;
    std::optional<std::chrono::steady_clock::time_point> armed_;  // what the timer waits for
    struct Followed {
        RequestId request;
        std::chrono::steady_clock::time_point since;
    };
    std::map<std::pair<ChainId, Hash>, Followed> followed_;
    std::atomic<std::size_t> followed_count_ = 0;  // its size
};

}  // namespace pcq::rpc
