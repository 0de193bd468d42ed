// Who has a place among the connections that one door lets in, and who tries for one: who shakes hands, or is
// being told that there is none.
//
// A place is taken after the handshake. So connections that say nothing, or show no certificate, take none
// from those who can; and who has tried for longest makes room for a newcomer when too many try. Not
// thread-safe.
#pragma once

#include <cstdint>
#include <map>
#include <unordered_map>
#include <unordered_set>

namespace pcq::rpc {

class Session;

class Places {
public:
    explicit Places(std::size_t most) : most_(most) {}

    std::size_t most() const { return most_; }

    // One more tries. Whoever has to go for it, or null.
    Session* arrive(Session* session);
    // False: there is no place.
    bool sit(Session* session);
    // Whether it tried, sat or had to go.
    void leave(Session* session);
    // Those who sat and have left for a WebSocket.
    void socket_opened() { ++sockets_; }
    void socket_closed() { --sockets_; }

private:
    void stop_trying(Session* session);

    const std::size_t most_;
    std::size_t sockets_ = 0;
    std::unordered_set<Session*> sitting_;
    std::map<std::uint64_t, Session*> trying_;  // by arrival
    std::unordered_map<Session*, std::uint64_t> arrivals_;
    std::uint64_t next_arrival_ = 0;
};

}  // namespace pcq::rpc
