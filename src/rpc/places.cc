#include "src/rpc/places.h"

namespace pcq::rpc {
namespace {

constexpr std::size_t kTryingMore = 32;  // than there are places

}  // namespace

Session* Places::arrive(Session* session) {
    trying_.emplace(next_arrival_, session);
    arrivals_.emplace(session, next_arrival_++);
    if (trying_.size() <= most_ + kTryingMore) return nullptr;
    Session* const oldest = trying_.begin()->second;
    stop_trying(oldest);
    return oldest;
}

bool Places::sit(Session* session) {
    if (sitting_.size() + sockets_ >= most_) return false;
    stop_trying(session);
    sitting_.insert(session);
    return true;
}

void Places::leave(Session* session) {
    stop_trying(session);
    sitting_.erase(session);
}

void Places::stop_trying(Session* session) {
    const auto found = arrivals_.find(session);
    if (found == arrivals_.end()) return;
    trying_.erase(found->second);
    arrivals_.erase(found);
}

}  // namespace pcq::rpc
