#include "src/base/log.h"

#include <memory>

#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

namespace pcq {
namespace {

// The message as the inside of a JSON string.
class JsonMessage final : public spdlog::custom_flag_formatter {
public:
    void format(const spdlog::details::log_msg& message, const std::tm&, spdlog::memory_buf_t& out) override {
        static constexpr char kDigits[] = "0123456789abcdef";
        for (const char c : message.payload) {
            const auto byte = static_cast<unsigned char>(c);
            if (c == '"' || c == '\\') {
                out.push_back('\\');
                out.push_back(c);
            } else if (byte < 0x20) {
                for (const char digit : {'\\', 'u', '0', '0', kDigits[byte >> 4], kDigits[byte & 15]})
                    out.push_back(digit);
            } else {
                out.push_back(c);
            }
        }
    }
    std::unique_ptr<custom_flag_formatter> clone() const override { return std::make_unique<JsonMessage>(); }
};

}  // namespace

void start_logging(const LogOptions& options) {
    auto logger =
        std::make_shared<spdlog::logger>(options.name, std::make_shared<spdlog::sinks::stderr_sink_mt>());
    logger->set_level(spdlog::level::from_str(options.level));
    if (options.json) {
        auto formatter = std::make_unique<spdlog::pattern_formatter>(spdlog::pattern_time_type::utc);
        formatter->add_flag<JsonMessage>('*').set_pattern(
            R"({"time":"%Y-%m-%dT%H:%M:%S.%eZ","node":"%n","level":"%l","message":"%*"})");
        logger->set_formatter(std::move(formatter));
    } else {
        logger->set_pattern("%Y-%m-%dT%H:%M:%S.%eZ %-8l %n %v", spdlog::pattern_time_type::utc);
    }
    spdlog::set_default_logger(std::move(logger));
}

void log_fatal(const Error& error) {
    spdlog::critical("{} ({}): {}", name(error.code), static_cast<unsigned>(error.code), error.message);
}

}  // namespace pcq
