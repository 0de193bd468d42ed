// The node's face to people, operators and regulators: JSON-RPC 2.0 on POST /v1 over HTTP/1.1 and on /v1 as a
// WebSocket, /metrics, /healthz, /readyz and /v1/openrpc.json (docs/rpc.md), and the web page on /.
//
// It has its own threads and bounds everything a client can make it hold, so that no client, however bad,
// disturbs consensus: connections, requests in flight, sizes, nesting, batches, waiting submits and every
// wait. start(), stop(), committed() and left() may be called from any thread.
#pragma once

#include <memory>
#include <string>

#include "src/rpc/api.h"
#include "src/rpc/session.h"
#include "src/rpc/static_files.h"
#include "src/rpc/websocket.h"

namespace pcq::rpc {

struct Endpoint {
    std::string host = "127.0.0.1";  // an address, or "localhost"
    std::uint16_t port = 0;          // 0: any free one
};

struct Options {
    std::uint32_t threads = 2;
    std::size_t connections_max = 256;
    std::size_t websockets_max = 128;                // of those
    std::chrono::milliseconds drain_timeout{5'000};  // stop() waits this long for open requests
    std::string version = "0";                       // of the program, for /v1/openrpc.json
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

    // Listens and serves; returns the endpoint with its real port. listen_refused: the port is taken, the
    // host is no address of this machine, or not a loopback address (there is no TLS here yet).
    Result<Endpoint> start(const Endpoint& endpoint);
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
