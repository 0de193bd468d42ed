#include "src/rpc/server.h"

#include <condition_variable>
#include <set>
#include <thread>

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/strand.hpp>
#include <boost/beast/websocket/rfc6455.hpp>
#include <boost/json/serialize.hpp>

#include "src/rpc/reads.h"

namespace pcq::rpc {
namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
namespace json = boost::json;
using asio::ip::tcp;

// Beyond connections_max, so many more are told so before they are closed without a word.
constexpr std::size_t kRefusalsMax = 32;

http::status status_of(const ApiAnswer& answer) {
    switch (answer.code) {
        case Code::request_malformed:
        case Code::request_invalid:
            return http::status::bad_request;
        case Code::request_too_large:
            return http::status::payload_too_large;
        case Code::too_many_requests:
        case Code::mempool_full:
            return http::status::too_many_requests;
        case Code::stopped:
            return http::status::service_unavailable;
        default:
            return answer.body.empty() ? http::status::no_content : http::status::ok;
    }
}

HttpResponse response_to(ApiAnswer answer) {
    const http::status status = status_of(answer);
    HttpResponse response = json_response(status, std::move(answer.body));
    if (status == http::status::too_many_requests || status == http::status::service_unavailable) {
        response.set(http::field::retry_after, "1");
    }
    if (status == http::status::no_content) response.erase(http::field::content_type);
    return response;
}

HttpResponse problem(http::status status, std::string_view text) {
    return json_response(status, json::serialize(json::object{{"error", text}}) + "\n");
}

bool is_json(const HttpRequest& request) {
    const auto type = request[http::field::content_type];
    const auto end = std::min(type.find(';'), type.size());
    auto word = type.substr(0, end);
    while (!word.empty() && word.back() == ' ') word.remove_suffix(1);
    return boost::beast::iequals(word, "application/json");
}

Error refused(const Endpoint& endpoint, const std::string& why) {
    return Error{Code::listen_refused, "cannot listen for RPC on " + endpoint.host + ":" +
                                           std::to_string(endpoint.port) + ": " + why};
}

Result<tcp::endpoint> resolve(const Endpoint& endpoint) {
    boost::system::error_code failed;
    const auto address =
        asio::ip::make_address(endpoint.host == "localhost" ? "127.0.0.1" : endpoint.host, failed);
    if (failed) return refused(endpoint, "the host must be an IP address or localhost");
    if (!address.is_loopback()) {
        return refused(
            endpoint,
            "RPC has no TLS yet and therefore serves loopback addresses only; listen on 127.0.0.1 and put "
            "a TLS proxy in front of it");
    }
    return tcp::endpoint(address, endpoint.port);
}

}  // namespace

class Server::Core {
public:
    Core(Backend& backend, const Options& options)
        : options_(options),
          context_(static_cast<int>(options.threads)),
          api_(context_.get_executor(), backend, options_.api),
          acceptor_(asio::make_strand(context_)),
          retry_(acceptor_.get_executor()) {
        hooks_.handle = [this](auto executor, const HttpRequest& request, auto done) {
            handle(std::move(executor), request, std::move(done));
        };
        hooks_.responded = [this](unsigned status) { api_.counters().count_response(status); };
        hooks_.upgraded = [this](tcp::socket socket, HttpRequest request) {
            on_upgraded(std::move(socket), std::move(request));
        };
        hooks_.closed = [this](Session* session) { forget(session); };
        socket_hooks_.handle = [this](auto executor, std::string_view body, auto subscriptions, auto done) {
            api_.handle(std::move(executor), body, std::move(done), {std::move(subscriptions)});
        };
        socket_hooks_.notified = [this] { api_.counters().count_notification(); };
        socket_hooks_.dropped = [this] { api_.counters().count_slow_reader(); };
        socket_hooks_.closed = [this](WebSocket* socket) { forget(socket); };
    }

    Result<Endpoint> start(const Endpoint& endpoint);
    void stop();
    void committed(std::shared_ptr<const CommittedBlock> block);
    void left(const ChainId& chain, std::vector<Hash> hashes) {
        api_.submissions().left(chain, std::move(hashes));
    }

private:
    void accept();
    void on_connection(tcp::socket socket);
    void handle(asio::any_io_executor executor, const HttpRequest& request,
                std::function<void(HttpResponse)> done);
    HttpResponse get(const HttpRequest& request);
    HttpResponse upgrade(const HttpRequest& request);
    void on_upgraded(tcp::socket socket, HttpRequest request);
    void wake_sockets();
    void forget(Session* session);
    void forget(WebSocket* socket);

    const Options options_;
    asio::io_context context_;
    Session::Hooks hooks_;
    WebSocket::Hooks socket_hooks_;
    Api api_;
    tcp::acceptor acceptor_;
    asio::steady_timer retry_;
    std::vector<std::thread> threads_;
    std::mutex mutex_;  // of the three below
    std::map<Session*, std::weak_ptr<Session>> sessions_;
    std::map<WebSocket*, std::weak_ptr<WebSocket>> sockets_;
    bool stopping_ = false;
    std::condition_variable quiet_;
};

Result<Endpoint> Server::Core::start(const Endpoint& endpoint) {
    const auto address = resolve(endpoint);
    if (!address) return address.error();
    boost::system::error_code failed;
    acceptor_.open(address->protocol(), failed);
    if (!failed) acceptor_.set_option(tcp::acceptor::reuse_address(true), failed);
    if (!failed) acceptor_.bind(*address, failed);
    if (!failed) acceptor_.listen(asio::socket_base::max_listen_connections, failed);
    if (failed) {
        boost::system::error_code ignored;
        acceptor_.close(ignored);
        return refused(endpoint, failed == asio::error::address_in_use
                                     ? "the port is taken; is another node running? Choose another rpc port"
                                     : failed.message());
    }
    const Endpoint real{endpoint.host, acceptor_.local_endpoint().port()};
    asio::post(acceptor_.get_executor(), [this] { accept(); });
    for (std::uint32_t i = 0; i < options_.threads; ++i) threads_.emplace_back([this] { context_.run(); });
    return real;
}

void Server::Core::stop() {
    if (threads_.empty()) return;
    asio::post(acceptor_.get_executor(), [this] {
        boost::system::error_code ignored;
        acceptor_.close(ignored);
        retry_.cancel();
    });
    api_.submissions().stop();
    {
        std::unique_lock lock(mutex_);
        stopping_ = true;
        for (const auto& [key, weak] : sessions_) {
            if (const auto session = weak.lock()) session->drain();
        }
        for (const auto& [key, weak] : sockets_) {
            if (const auto socket = weak.lock()) socket->drain();
        }
        quiet_.wait_for(lock, options_.drain_timeout,
                        [this] { return sessions_.empty() && sockets_.empty(); });
    }
    context_.stop();
    for (auto& thread : threads_) thread.join();
    threads_.clear();
}

void Server::Core::accept() {
    acceptor_.async_accept(
        asio::make_strand(context_), [this](boost::system::error_code failed, tcp::socket socket) {
            if (!acceptor_.is_open()) return;
            if (failed == asio::error::no_descriptors || failed == asio::error::no_memory ||
                failed == asio::error::no_buffer_space) {
                // Connections wait in the kernel until some of ours have gone.
                retry_.expires_after(std::chrono::milliseconds(100));
                retry_.async_wait([this](boost::system::error_code cancelled) {
                    if (!cancelled) accept();
                });
                return;
            }
            if (!failed) on_connection(std::move(socket));
            accept();
        });
}

void Server::Core::on_connection(tcp::socket socket) {
    boost::system::error_code ignored;
    socket.set_option(tcp::no_delay(true), ignored);
    const std::lock_guard lock(mutex_);
    if (stopping_ || sessions_.size() + sockets_.size() >= options_.connections_max + kRefusalsMax) {
        api_.counters().count_refused_connection();
        return;  // the socket closes
    }
    const auto session = std::make_shared<Session>(std::move(socket), options_.session, hooks_);
    sessions_.emplace(session.get(), session);
    if (api_.counters().connection_opened() <= options_.connections_max) return session->start();

    api_.counters().count_refused_connection();
    auto response =
        problem(http::status::service_unavailable,
                "this node has its " + std::to_string(options_.connections_max) +
                    " connections already; try again, and keep connections open for further requests");
    response.set(http::field::retry_after, "1");
    session->refuse(std::move(response));
}

void Server::Core::forget(Session* session) {
    api_.counters().connection_closed();
    const std::lock_guard lock(mutex_);
    sessions_.erase(session);
    quiet_.notify_all();
}

void Server::Core::forget(WebSocket* socket) {
    api_.counters().socket_closed();
    api_.counters().connection_closed();
    const std::lock_guard lock(mutex_);
    sockets_.erase(socket);
    quiet_.notify_all();
}

// Pages of others may open a WebSocket to any address without asking: a browser says whose page it is.
HttpResponse Server::Core::upgrade(const HttpRequest& request) {
    const auto origin = request[http::field::origin];
    const auto host = request[http::field::host];
    if (!origin.empty() && origin != "http://" + std::string(host) &&
        origin != "https://" + std::string(host))
        return problem(http::status::forbidden, "a WebSocket is for pages of this node alone");
    if (request[http::field::sec_websocket_version] != "13" ||
        request[http::field::sec_websocket_key].empty())
        return problem(http::status::bad_request, "no WebSocket of version 13 (RFC 6455) is asked for");
    const std::lock_guard lock(mutex_);
    if (!stopping_ && sockets_.size() < options_.websockets_max)
        return HttpResponse(http::status::switching_protocols, 11);
    auto response = problem(http::status::service_unavailable,
                            "this node has its " + std::to_string(options_.websockets_max) +
                                " WebSockets already; try again, or poll with POST");
    response.set(http::field::retry_after, "1");
    return response;
}

void Server::Core::on_upgraded(tcp::socket stream, HttpRequest request) {
    const std::lock_guard lock(mutex_);
    if (stopping_ || sockets_.size() >= options_.websockets_max) return;  // the socket closes
    const auto socket =
        std::make_shared<WebSocket>(std::move(stream), options_.websocket, socket_hooks_,
                                    api_.make_subscriptions(options_.websocket.subscriptions_max));
    sockets_.emplace(socket.get(), socket);
    api_.counters().connection_opened();
    api_.counters().socket_opened();
    socket->start(std::move(request));
}

// On the chain's worker: no more than noted here, the rest is done by threads of RPC.
void Server::Core::committed(std::shared_ptr<const CommittedBlock> block) {
    api_.feed().committed(block->chain, block->height);
    api_.submissions().committed(std::move(block));
    asio::post(context_, [this] { wake_sockets(); });
}

void Server::Core::wake_sockets() {
    const std::lock_guard lock(mutex_);
    for (const auto& [key, weak] : sockets_) {
        if (const auto socket = weak.lock()) socket->wake();
    }
}

void Server::Core::handle(asio::any_io_executor executor, const HttpRequest& request,
                          std::function<void(HttpResponse)> done) {
    if (request.target() != "/v1") return done(get(request));
    if (boost::beast::websocket::is_upgrade(request)) return done(upgrade(request));
    if (request.method() != http::verb::post) {
        auto response = problem(http::status::method_not_allowed,
                                "JSON-RPC 2.0 calls are sent with POST, or over a WebSocket; GET "
                                "/v1/openrpc.json lists the methods");
        response.set(http::field::allow, "POST");
        return done(std::move(response));
    }
    if (!is_json(request)) {
        // Also keeps web pages of others out: a browser lets them send this type only after asking us.
        return done(
            problem(http::status::unsupported_media_type, "send the header Content-Type: application/json"));
    }
    api_.handle(std::move(executor), request.body(),
                [done = std::move(done)](ApiAnswer answer) { done(response_to(std::move(answer))); });
}

HttpResponse Server::Core::get(const HttpRequest& request) {
    const auto target = request.target();
    const bool known = target == "/healthz" || target == "/readyz" || target == "/metrics" ||
                       target == "/why" || target == "/v1/openrpc.json";
    const bool page = !known && options_.page.has({target.data(), target.size()});
    if (!known && !page) {
        return problem(http::status::not_found,
                       "there is POST /v1, GET /v1/openrpc.json, /metrics, /why, /healthz and /readyz here");
    }
    if (request.method() != http::verb::get) {
        auto response = problem(http::status::method_not_allowed, "this is read with GET");
        response.set(http::field::allow, "GET");
        return response;
    }
    if (page) return options_.page.answer(request);
    if (target == "/healthz") return json_response(http::status::ok, "{\"status\":\"ok\"}\n");
    if (target == "/v1/openrpc.json") {
        return json_response(http::status::ok, json::serialize(openrpc(options_.version)) + "\n");
    }
    if (target == "/metrics") {
        auto response = json_response(http::status::ok, api_.metrics_text());
        response.set(http::field::content_type, "text/plain; version=0.0.4; charset=utf-8");
        return response;
    }
    if (target == "/why") {
        json::array chains;
        for (const auto& chain : api_.backend().chains())
            chains.push_back(why_json(api_.backend().why(chain.id)));
        return json_response(http::status::ok,
                             json::serialize(json::object{{"chains", std::move(chains)}}) + "\n");
    }
    const auto reason = api_.backend().not_ready();
    if (!reason) return json_response(http::status::ok, "{\"status\":\"ready\"}\n");
    return json_response(http::status::service_unavailable,
                         json::serialize(json::object{{"status", "not ready"}, {"reason", *reason}}) + "\n");
}

Server::Server(Backend& backend, const Options& options) : core_(std::make_unique<Core>(backend, options)) {}

Server::~Server() {
    stop();
}

Result<Endpoint> Server::start(const Endpoint& endpoint) {
    return core_->start(endpoint);
}

void Server::stop() {
    core_->stop();
}

void Server::committed(std::shared_ptr<const CommittedBlock> block) {
    core_->committed(std::move(block));
}

void Server::left(const ChainId& chain, std::vector<Hash> hashes) {
    core_->left(chain, std::move(hashes));
}

}  // namespace pcq::rpc
