// What waited in the mempool when the node ended, given back to it after a restart: one after the other, in
// the order in which it was handed in, and no faster than the mempool takes it. Where that is full, it goes
// on with the next block. Nothing is given back of which the chain knows what became.
//
// Works on the inboxes' thread. Thread-safe.
#pragma once

#include <deque>
#include <mutex>
#include <set>

#include "src/node/chain.h"
#include "src/node/inboxes.h"

namespace pcq::node {

class TakeUp {
public:
    // They outlive it, and have stopped before it goes.
    TakeUp(Chain& chain, Inboxes& inboxes);

    void begin();
    void committed();  // a block: there may be room again
    // It will be with the mempool, unless that refuses it.
    bool is_coming(const Hash& hash) const;

private:
    void go_on();
    void offered(const Hash& hash, const Result<Hash>& result);
    void passed(const Hash& hash);

    Chain& chain_;
    Inboxes& inboxes_;
    mutable std::mutex mutex_;
    std::deque<Hash> left_;
    std::set<Hash> coming_;  // those and the one on its way
    bool has_no_room_ = false;
};

}  // namespace pcq::node
