#include "src/rpc/server.h"

#include <array>
#include <condition_variable>
#include <set>
#include <thread>

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/beast/websocket/rfc6455.hpp>
#include <boost/json/serialize.hpp>
#include <spdlog/spdlog.h>

#include "src/base/invariant.h"
#include "src/rpc/hosts.h"
#include "src/rpc/places.h"
#include "src/rpc/reads.h"

namespace pcq::rpc {
namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
namespace json = boost::json;

constexpr std::size_t kShown = 100;  // letters of what a client sends

std::string_view text_of(boost::beast::string_view text) {
    return {text.data(), text.size()};
}

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

bool is_call(const HttpRequest& request) {
    return request.target() == "/v1" && request.method() == http::verb::post && is_json(request);
}

}  // namespace

class Server::Core {
public:
    Core(Backend& backend, const Options& options)
        : options_(options),
          guests_(options_.guests),
          context_(static_cast<int>(options.threads)),
          api_(context_.get_executor(), backend, options_.api),
          listener_(context_, options_.look_at_files_every,
                    [this](Stream stream) { on_connection(std::move(stream), Door::everybody); }),
          operators_(operators_context_, options_.look_at_files_every,
                     [this](Stream stream) { on_connection(std::move(stream), Door::operators); }),
          old_blocks_(options_.catch_up_reads_max),
          places_{Places(options_.connections_max), Places(options_.operator_connections_max)} {
        hooks_.enter = [this](Session* session) { return enter(session); };
        hooks_.alone = [this](const HttpRequest& request, HttpResponse& response) {
            alone(request, response);
        };
        hooks_.handle = [this](auto executor, const HttpRequest& request, const auto& guest, auto done) {
            handle(std::move(executor), request, guest, std::move(done));
        };
        hooks_.responded = [this](unsigned status) { api_.counters().count_response(status); };
        hooks_.upgraded = [this](Stream stream, HttpRequest request, std::shared_ptr<Guest> guest) {
            on_upgraded(std::move(stream), std::move(request), std::move(guest));
        };
        hooks_.handshake_failed = [this] { api_.counters().count_handshake_failed(); };
        hooks_.closed = [this](Session* session) { forget(session); };
        socket_hooks_.handle = [this](auto executor, std::string_view body, auto subscriptions,
                                      const auto& guest, RequestId request, auto done) {
            api_.handle(std::move(executor), body, std::move(done),
                        {guest, is_operator(*guest), std::move(subscriptions), std::move(request)});
        };
        socket_hooks_.look = [this](const Subscriptions::Look& look, auto later) {
            return this->look(look, std::move(later));
        };
        socket_hooks_.notified = [this] { api_.counters().count_notification(); };
        socket_hooks_.dropped = [this] { api_.counters().count_slow_reader(); };
        socket_hooks_.closed = [this](WebSocket* socket) { forget(socket); };
    }

    Result<Endpoint> admit_operators(const Endpoint& endpoint, const TlsFiles& tls);
    Result<Endpoint> start(const Endpoint& endpoint, const std::optional<TlsFiles>& tls);
    void reload() {
        listener_.reload();
        operators_.reload();
    }
    void stop();
    void committed(std::shared_ptr<const CommittedBlock> block);
    void left(const ChainId& chain, std::vector<Hash> hashes) {
        api_.submissions().left(chain, std::move(hashes));
    }

private:
    void on_connection(Stream stream, Door door);
    std::optional<HttpResponse> enter(Session* session);
    void handle(asio::any_io_executor executor, const HttpRequest& request,
                const std::shared_ptr<Guest>& guest, Session::Done done);
    void answer(asio::any_io_executor executor, const HttpRequest& request,
                const std::shared_ptr<Guest>& guest, const RequestId& id, Session::Done done);
    RequestId id_of(const HttpRequest& request) {
        auto given = given_request_id(text_of(request[kRequestIdField]));
        return given ? *std::move(given) : request_ids_.next();
    }
    // Of an answer to which no call led.
    void alone(const HttpRequest& request, HttpResponse& response) {
        const RequestId id = id_of(request);
        spdlog::debug("answered alone: request={} status={}", id.text, response.result_int());
        response.set(kRequestIdField, id.text);
    }
    HttpResponse other_than_call(const HttpRequest& request, Guest& guest);
    HttpResponse get(const HttpRequest& request, Guest& guest);
    HttpResponse get_of_node(std::string_view target, bool for_operator);
    HttpResponse upgrade(const HttpRequest& request, Guest& guest);
    void on_upgraded(Stream stream, HttpRequest request, std::shared_ptr<Guest> guest);
    std::optional<Result<Feed::Text>> look(const Subscriptions::Look& look, WebSocket::Hooks::Later later);
    // Whether it is this node that the request is for.
    bool is_named(const HttpRequest& request, const Guest& guest) const {
        return guest.door() == Door::operators || hosts_->accept(text_of(request[http::field::host]));
    }
    bool is_operator(const Guest& guest) const {
        return guest.door() == Door::operators || everybody_operates_;
    }
    Places& places(Door door) { return places_[static_cast<std::size_t>(door)]; }
    void wake_sockets();
    void forget(Session* session);
    void forget(WebSocket* socket);

    const Options options_;
    Guests guests_;  // which every connection refers to
    asio::io_context context_;
    asio::io_context operators_context_{1};  // with a thread of its own: whatever everybody asks for
    Session::Hooks hooks_;
    WebSocket::Hooks socket_hooks_;
    Api api_;
    Listener listener_;
    Listener operators_;
    RequestIds request_ids_;
    asio::thread_pool old_blocks_;
    std::vector<std::thread> threads_;
    // Written before the threads begin.
    std::optional<Hosts> hosts_;
    bool has_operators_ = false;
    bool everybody_operates_ = false;
    std::mutex mutex_;  // of the four below
    std::map<Session*, std::weak_ptr<Session>> sessions_;
    std::map<WebSocket*, std::weak_ptr<WebSocket>> sockets_;
    std::array<Places, 2> places_;  // by door
    bool stopping_ = false;
    std::condition_variable quiet_;
};

Result<Endpoint> Server::Core::admit_operators(const Endpoint& endpoint, const TlsFiles& tls) {
    PCQ_INVARIANT(threads_.empty() && tls.clients);
    has_operators_ = true;
    return operators_.open(endpoint, tls);
}

Result<Endpoint> Server::Core::start(const Endpoint& endpoint, const std::optional<TlsFiles>& tls) {
    hosts_.emplace(options_.hosts, tls.has_value());
    everybody_operates_ = !has_operators_ && is_loopback(endpoint.host);
    const auto real = listener_.open(endpoint, tls);
    if (!real) return real.error();
    for (std::uint32_t i = 0; i < options_.threads; ++i) threads_.emplace_back([this] { context_.run(); });
    if (has_operators_) threads_.emplace_back([this] { operators_context_.run(); });
    return real;
}

void Server::Core::stop() {
    if (threads_.empty()) return;
    listener_.close();
    operators_.close();
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
    old_blocks_.stop();
    old_blocks_.join();
    context_.stop();
    operators_context_.stop();
    for (auto& thread : threads_) thread.join();
    threads_.clear();
}

void Server::Core::on_connection(Stream stream, Door door) {
    boost::system::error_code gone;
    const auto from = stream.socket().remote_endpoint(gone);
    if (gone) return;
    const std::lock_guard lock(mutex_);
    const auto guest = guests_.admit(from.address(), door);
    if (stopping_ || !guest) {
        api_.counters().count_refused_connection();
        return;  // the socket closes
    }
    const auto session = std::make_shared<Session>(std::move(stream), guest, options_.session, hooks_);
    sessions_.emplace(session.get(), session);
    api_.counters().connection_opened();
    if (Session* const oldest = places(door).arrive(session.get())) {
        api_.counters().count_refused_connection();
        if (const auto refused = sessions_.at(oldest).lock()) refused->close();
    }
    session->start();
}

std::optional<HttpResponse> Server::Core::enter(Session* session) {
    const std::lock_guard lock(mutex_);
    Places& places = this->places(session->guest().door());
    if (places.sit(session)) return std::nullopt;
    api_.counters().count_refused_connection();
    auto response =
        problem(http::status::service_unavailable,
                "this node has its " + std::to_string(places.most()) +
                    " connections already; try again, and keep connections open for further requests");
    return response;
}

void Server::Core::forget(Session* session) {
    api_.counters().connection_closed();
    const std::lock_guard lock(mutex_);
    places(session->guest().door()).leave(session);
    sessions_.erase(session);
    quiet_.notify_all();
}

void Server::Core::forget(WebSocket* socket) {
    api_.counters().socket_closed();
    api_.counters().connection_closed();
    const std::lock_guard lock(mutex_);
    places(socket->guest().door()).socket_closed();
    sockets_.erase(socket);
    quiet_.notify_all();
}

// Pages of others may open a WebSocket to any address without asking: a browser says whose page it is.
HttpResponse Server::Core::upgrade(const HttpRequest& request, Guest& guest) {
    if (!request.body().empty())
        return problem(http::status::bad_request,
                       "a request to become a WebSocket has no body; send it in a message");
    if (!Hosts::is_own(text_of(request[http::field::origin]), text_of(request[http::field::host])))
        return problem(http::status::forbidden, "a WebSocket is for pages of this node alone");
    if (request[http::field::sec_websocket_version] != "13" ||
        request[http::field::sec_websocket_key].empty())
        return problem(http::status::bad_request, "no WebSocket of version 13 (RFC 6455) is asked for");
    const std::lock_guard lock(mutex_);
    if (!stopping_ && sockets_.size() < options_.websockets_max && guest.open_socket())
        return HttpResponse(http::status::switching_protocols, 11);
    auto response =
        problem(http::status::service_unavailable,
                "this node has its " + std::to_string(options_.websockets_max) +
                    " WebSockets already, or its " + std::to_string(options_.guests.websockets_per_address) +
                    " of this address; try again, or poll with POST");
    return response;
}

void Server::Core::on_upgraded(Stream stream, HttpRequest request, std::shared_ptr<Guest> guest) {
    const std::lock_guard lock(mutex_);
    if (stopping_ || sockets_.size() >= options_.websockets_max) return;  // the socket closes
    const auto socket =
        std::make_shared<WebSocket>(std::move(stream), std::move(guest), options_.websocket, socket_hooks_,
                                    api_.make_subscriptions(options_.websocket.subscriptions_max));
    sockets_.emplace(socket.get(), socket);
    places(socket->guest().door()).socket_opened();
    api_.counters().connection_opened();
    api_.counters().socket_opened();
    auto id = id_of(request);
    socket->start(std::move(request), std::move(id));
}

// A block that must be read first is read by threads that answer nobody else.
std::optional<Result<Feed::Text>> Server::Core::look(const Subscriptions::Look& look,
                                                     WebSocket::Hooks::Later later) {
    if (api_.feed().is_recent(look.interest.chain, look.height))
        return api_.feed().news(look.interest, look.height);
    asio::post(old_blocks_, [this, interest = look.interest, height = look.height, later = std::move(later)] {
        later(api_.feed().news(interest, height));
    });
    return std::nullopt;
}

// On the chain's worker: no more than noted here, the rest is done by threads of RPC.
void Server::Core::committed(std::shared_ptr<const CommittedBlock> block) {
    api_.feed().committed(block->chain, block->height);
    api_.submissions().committed(std::move(block));
    asio::post(context_, [this] {
        api_.feed().forget_old();
        wake_sockets();
    });
}

void Server::Core::wake_sockets() {
    const std::lock_guard lock(mutex_);
    for (const auto& [key, weak] : sockets_) {
        if (const auto socket = weak.lock()) socket->wake();
    }
}

void Server::Core::handle(asio::any_io_executor executor, const HttpRequest& request,
                          const std::shared_ptr<Guest>& guest, Session::Done done) {
    const RequestId id = id_of(request);
    std::string what;  // for the log, if anybody reads it
    if (spdlog::should_log(spdlog::level::debug)) {
        const auto target = text_of(request.target());
        what = std::string(text_of(request.method_string())) + " " + std::string(target.substr(0, kShown));
    }
    answer(std::move(executor), request, guest, id,
           [id, what = std::move(what), begun = std::chrono::steady_clock::now(), done = std::move(done)](
               HttpResponse response, Held held) {
               if (!what.empty()) {
                   const auto took = std::chrono::steady_clock::now() - begun;
                   spdlog::debug("answered: request={} what=\"{}\" status={} took_us={}", id.text, what,
                                 response.result_int(),
                                 std::chrono::duration_cast<std::chrono::microseconds>(took).count());
               }
               response.set(kRequestIdField, id.text);
               done(std::move(response), std::move(held));
           });
}

void Server::Core::answer(asio::any_io_executor executor, const HttpRequest& request,
                          const std::shared_ptr<Guest>& guest, const RequestId& id, Session::Done done) {
    if (is_named(request, *guest) && is_call(request)) {
        return api_.handle(std::move(executor), request.body(),
                           [done = std::move(done)](ApiAnswer answer) {
                               Held held = std::move(answer.held);
                               done(response_to(std::move(answer)), std::move(held));
                           },
                           {guest, is_operator(*guest), nullptr, id});
    }
    if (guest->may_call()) return done(other_than_call(request, *guest), {});
    api_.counters().count_refused_call();
    auto response = problem(http::status::too_many_requests,
                            "this address has used up its calls; wait a second, and send fewer");
    done(std::move(response), {});
}

HttpResponse Server::Core::other_than_call(const HttpRequest& request, Guest& guest) {
    if (!is_named(request, guest)) {
        const auto host = text_of(request[http::field::host]).substr(0, kShown);
        return problem(http::status::forbidden,
                       "this node is not called \"" + std::string(host) +
                           "\": use its address, or name this in rpc.hosts of its configuration");
    }
    if (request.target() != "/v1") return get(request, guest);
    if (boost::beast::websocket::is_upgrade(request)) return upgrade(request, guest);
    // Also keeps web pages of others out: a browser lets them send JSON only after asking us.
    if (request.method() == http::verb::post)
        return problem(http::status::unsupported_media_type,
                       "send the header Content-Type: application/json");
    auto response = problem(http::status::method_not_allowed,
                            "JSON-RPC 2.0 calls are sent with POST, or over a WebSocket; GET "
                            "/v1/openrpc.json lists the methods");
    response.set(http::field::allow, "POST");
    return response;
}

HttpResponse Server::Core::get(const HttpRequest& request, Guest& guest) {
    const auto target = text_of(request.target());
    const bool for_operators = target == "/metrics" || target == "/why";
    const bool known = for_operators || target == "/health" || target == "/healthz" || target == "/readyz" ||
                       target == "/v1/openrpc.json";
    const bool page = !known && options_.page.has(target);
    if (!known && !page) {
        return problem(
            http::status::not_found,
            "there is POST /v1, GET /v1/openrpc.json, /metrics, /why, /health, /healthz and /readyz here");
    }
    if (request.method() != http::verb::get && request.method() != http::verb::head) {
        auto response = problem(http::status::method_not_allowed, "this is read with GET");
        response.set(http::field::allow, "GET, HEAD");
        return response;
    }
    if (for_operators && !is_operator(guest))
        return problem(http::status::forbidden,
                       "this is for the node's operators: ask where they are served (rpc.operators)");
    if (!page) return get_of_node(target, is_operator(guest));
    if (!guest.bytes()->is_full()) return options_.page.answer(request);
    return problem(http::status::service_unavailable, "this node has its hands full; try again");
}

HttpResponse Server::Core::get_of_node(std::string_view target, bool for_operator) {
    if (target == "/healthz") return json_response(http::status::ok, "{\"status\":\"ok\"}\n");
    if (target == "/v1/openrpc.json") {
        return json_response(http::status::ok, json::serialize(openrpc(options_.version)) + "\n");
    }
    if (target == "/metrics") {
        auto response =
            json_response(http::status::ok,
                          api_.counters().text(api_.backend(),
                                               {api_.submissions().waiting(), guests_.held_bytes(),
                                                listener_.certificate_end(), operators_.certificate_end()}));
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
    if (target == "/health") {
        const auto health = read_health(api_.backend(), for_operator);
        return json_response(health.is_well ? http::status::ok : http::status::service_unavailable,
                             json::serialize(health.json) + "\n");
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

Result<Endpoint> Server::admit_operators(const Endpoint& endpoint, const TlsFiles& tls) {
    return core_->admit_operators(endpoint, tls);
}

Result<Endpoint> Server::start(const Endpoint& endpoint, const std::optional<TlsFiles>& tls) {
    return core_->start(endpoint, tls);
}

void Server::reload() {
    core_->reload();
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
