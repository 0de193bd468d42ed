#include "src/rpc/api.h"

#include <algorithm>
#include <chrono>
#include <ctime>

#include <boost/asio/dispatch.hpp>
#include <boost/asio/post.hpp>

namespace pcq::rpc {
namespace {

namespace json = boost::json;

constexpr std::size_t kCallsInARow = 16;  // of one batch, before other connections get their turn

constexpr std::chrono::microseconds kReadOfOneCall{500};

// What this thread has computed, however often it was interrupted.
std::chrono::nanoseconds computed() {
    timespec time{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec);
}

std::vector<std::string_view> method_names() {
    std::vector<std::string_view> names;
    for (const auto& method : methods()) names.push_back(method.name);
    return names;
}

Error unknown_method(const std::string& name) {
    std::string message = "no method \"" + name + "\"; ";
    if (const auto near = nearest(name, method_names()))
        message += "did you mean \"" + std::string(*near) + "\"? ";
    return Error{Code::method_unknown, message + "GET /v1/openrpc.json lists them all"};
}

Error for_operators(const std::string& method) {
    return Error{Code::not_authorised, "\"" + method +
                                           "\" is for this node's operators: call it where they are served "
                                           "(rpc.operators in pcqd.toml), with a certificate of theirs"};
}

}  // namespace

// One request on its way. Lives on the executor of its connection; the last answer ends it.
class Api::Run : public std::enable_shared_from_this<Run> {
public:
    Run(Api& api, boost::asio::any_io_executor executor, Request request, std::size_t request_bytes,
        Caller caller, std::function<void(ApiAnswer)> done)
        : api_(api),
          executor_(std::move(executor)),
          caller_(std::move(caller)),
          request_(std::move(request)),
          answers_(request_.entries.size()),
          open_(request_.entries.size()),
          done_(std::move(done)),
          request_held_(caller_.guest->bytes(), request_bytes),
          held_(caller_.guest->bytes()) {}

    bool is_operator() const { return caller_.is_operator; }
    const RequestId& request() const { return caller_.request; }
    const std::shared_ptr<Guest>& guest() const { return caller_.guest; }

    void go_on() {
        for (std::size_t row = 0; row < kCallsInARow; ++row) {
            if (next_ == answers_.size()) return;
            start(next_++);
        }
        if (next_ < answers_.size()) {
            boost::asio::post(executor_, [self = shared_from_this()] { self->go_on(); });
        }
    }

    Result<json::value> subscribe(const Arguments& arguments) {
        if (!caller_.subscriptions) return no_socket();
        const auto interest = interest_of(arguments);
        if (!interest) return interest.error();
        const auto opened = caller_.subscriptions->open(*interest, arguments.number("from_height"));
        if (!opened) return opened.error();
        opened_.push_back(opened->number);
        return json::value{{"subscription", opened->number},
                           {"from_height", opened->from_height},
                           {"height", opened->height}};
    }

    Result<json::value> unsubscribe(const Arguments& arguments) {
        if (!caller_.subscriptions) return no_socket();
        const auto number = *arguments.number("subscription");
        if (auto closed = caller_.subscriptions->close(number); !closed) return closed.error();
        return json::value{{"subscription", number}};
    }

private:
    static Error no_room() {
        return {Code::too_many_requests,
                "this connection, or this node, has as many bytes of answers on their way as it may; take "
                "those first"};
    }
    static Error no_socket() {
        return {Code::request_invalid,
                "subscriptions need a connection that stays: open a WebSocket on /v1 and call it there"};
    }

    void start(std::size_t at) {
        const auto& entry = request_.entries[at];
        if (!entry.call) return finish(at, entry.call.error());
        if (bytes_ > api_.options_.answer_bytes_max) {
            return finish(at,
                          Error{Code::request_too_large, "the answers before this one fill " +
                                                             std::to_string(api_.options_.answer_bytes_max) +
                                                             " bytes already; send fewer calls at once"});
        }
        if (caller_.guest->bytes()->is_full()) return finish(at, no_room());
        api_.call(*entry.call, *this, [self = shared_from_this(), at](Result<json::value> result) {
            // Reads answer within go_on(), submissions from their own strand.
            boost::asio::dispatch(self->executor_, [self, at, result = std::move(result)]() mutable {
                self->finish(at, std::move(result));
            });
        });
    }

    void finish(std::size_t at, Result<json::value> result) {
        const auto& entry = request_.entries[at];
        if (!result && !request_.batch) code_ = result.error().code;
        if (!entry.call || entry.call->wants_answer) {
            answers_[at] = result ? success_text(entry.id, *result) : error_text(entry.id, result.error());
            bytes_ += answers_[at].size();
            held_.add(answers_[at].size());
        }
        if (--open_ == 0) done_({body(), code_, std::move(opened_), std::move(held_)});
    }

    std::string body() {
        if (!request_.batch) return std::move(answers_.front());
        std::string text;
        text.reserve(bytes_ + answers_.size() + 1);
        for (auto& answer : answers_) {
            if (answer.empty()) continue;
            text += text.empty() ? '[' : ',';
            text += std::exchange(answer, {});  // so that all of it is never there twice
        }
        if (!text.empty()) text += ']';
        return text;
    }

    Api& api_;
    const boost::asio::any_io_executor executor_;
    const Caller caller_;
    const Request request_;
    std::vector<std::string> answers_;
    std::size_t next_ = 0;
    std::size_t open_;
    std::size_t bytes_ = 0;
    Code code_ = Code::ok;
    std::vector<Subscriptions::Number> opened_;
    std::function<void(ApiAnswer)> done_;
    const Held request_held_;
    Held held_;  // the answers
};

Api::Api(const boost::asio::any_io_executor& executor, Backend& backend, const ApiOptions& options)
    : backend_(backend),
      options_(options),
      directory_(backend.chains()),
      counters_(method_names()),
      submissions_(executor, backend, options.waiting_submits_max),
      feed_(backend) {}

void Api::handle(boost::asio::any_io_executor executor, std::string_view body,
                 std::function<void(ApiAnswer)> done, Caller caller) {
    const auto refuse = [&done](const Error& why) { done({error_text(nullptr, why), why.code}); };
    if (!caller.guest->may_call()) {
        counters_.count_refused_call();
        return refuse(
            {Code::too_many_requests, "this address has used up its calls; wait a second, and send fewer"});
    }
    auto request = parse_request(body, options_.calls);
    if (!request) return refuse(request.error());
    caller.guest->called(request->entries.size() - 1);
    std::make_shared<Run>(*this, std::move(executor), *std::move(request), body.size(), std::move(caller),
                          std::move(done))
        ->go_on();
}

void Api::call(const Call& call, Run& run, Done done) {
    const auto at = find_method(call.method);
    if (!at) {
        counters_.count_unknown_call();
        return done(unknown_method(call.method));
    }
    const Method& method = methods()[*at];
    if (method.for_operators && !run.is_operator()) return done(for_operators(call.method));
    const auto begun = std::chrono::steady_clock::now();
    auto counted = [this, at = *at, begun, done = std::move(done)](Result<json::value> result) {
        counters_.count_call(at, !result, std::chrono::steady_clock::now() - begun);
        done(std::move(result));
    };
    const auto arguments = Arguments::from(method.params, call.params, directory_);
    if (!arguments) return counted(arguments.error());
    if (const auto* read = std::get_if<Read>(&method.handler)) {
        const auto before = computed();
        auto result = (*read)(backend_, directory_, *arguments);
        // A dear read counts as several calls, or a few would keep the threads of all from everybody else.
        run.guest()->called(static_cast<std::uint64_t>((computed() - before) / kReadOfOneCall));
        return counted(std::move(result));
    }
    if (std::holds_alternative<Subscribe>(method.handler)) return counted(run.subscribe(*arguments));
    if (std::holds_alternative<Unsubscribe>(method.handler)) return counted(run.unsubscribe(*arguments));
    const auto guest = run.guest();
    if (!guest->begin_waiting())
        return counted(Error{Code::too_many_requests,
                             "submitted transactions of this address wait for an answer, as many as may; "
                             "try again in a second"});
    auto submission = submission_of(*arguments);
    submission.request = run.request();
    submissions_.submit(std::move(submission),
                        [guest, counted = std::move(counted)](Result<Submitted> submitted) {
                            guest->end_waiting();
                            if (!submitted) return counted(submitted.error());
                            counted(submitted_json(*submitted));
                        });
}

}  // namespace pcq::rpc
