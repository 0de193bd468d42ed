// The node's face to people, operators and regulators: JSON-RPC 2.0 on POST /v1 over HTTP/1.1 and on /v1 as a
// WebSocket, /metrics, /healthz, /readyz and /v1/openrpc.json (docs/rpc.md), and the web page on /.
//
// It has its own threads and bounds everything a client can make it hold, so that no client, however bad,
// disturbs consensus: connections, calls of an address, sizes, bytes altogether, nesting, batches, waiting
// submits and every wait. What tells of the node itself is for its operators: by a listener of their own
// that asks for their certificates, or from this machine if there is none.
// start(), reload(), stop(), committed() and left() may be called from any thread.
#pragma once

#include <memory>
#include <string>

#include "src/rpc/api.h"
#include "src/rpc/guests.h"
#include "src/rpc/listener.h"
#include "src/rpc/session.h"
#include "src/rpc/static_files.h"
#include "src/rpc/websocket.h"

namespace pcq::rpc {

struct Options {
    std::uint32_t threads = 2;
    std::size_t connections_max = 256;
    std::size_t operator_connections_max = 16;             // beside those, where operators come in
    std::size_t websockets_max = 128;                      // of those
    std::size_t catch_up_reads_max = 1;                    // of old blocks, for subscriptions, at a time
    std::chrono::milliseconds drain_timeout{5'000};        // stop() waits this long for open requests
    std::chrono::milliseconds look_at_files_every{5'000};  // those of TLS, whether they have changed
    std::string version = "0";                             // of the program, for /v1/openrpc.json
    std::vector<std::string> hosts;                        // names of this node, see Hosts
    GuestLimits guests;
    SessionOptions session;
    WebSocketOptions websocket;
    StaticFiles page;
    ApiOptions api;
};

class Server {
public:
    // The backend outlives the server. The server may be stopped and destroyed while the backend still holds
    // callbacks of submit(): they then do nothing.
    Server(Backend& backend, const Options& options);
    ~Server();
    Server(const Server&) = delete;
    Server& operator=(const Server&) = delete;

    // Before start(): listens for operators, who show certificates that `tls.clients` names the authorities
    // of. Errors as of Listener::open().
    Result<Endpoint> admit_operators(const Endpoint& endpoint, const TlsFiles& tls);
    // Listens and serves; returns the endpoint with its real port. Errors as of Listener::open().
    Result<Endpoint> start(const Endpoint& endpoint, const std::optional<TlsFiles>& tls = std::nullopt);
    // Reads the files of TLS now, not only when they have changed.
    void reload();
    // Takes no more connections and requests, answers those that are open (waiting submits with
    // Code::stopped), and returns when all is quiet or drain_timeout is over. Once; the destructor does it
    // too.
    void stop();

    // A block of this chain is in the store. The chain calls it for every block, in order.
    void committed(std::shared_ptr<const CommittedBlock> block);
    // These have left the mempool of this chain, and no block has them; the backend can tell their fate.
    void left(const ChainId& chain, std::vector<Hash> hashes);

private:
    class Core;
    std::unique_ptr<Core> core_;
};

}  // namespace pcq::rpc
