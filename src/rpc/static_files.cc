#include "src/rpc/static_files.h"

#include <algorithm>
#include <array>
#include <fstream>

#include "src/base/hex.h"
#include "src/crypto/hash.h"

namespace pcq::rpc {
namespace {

namespace http = boost::beast::http;
using StringView = std::string_view;

constexpr StringView kIndex = "/index.html";
constexpr StringView kHashed = "/assets/";
constexpr StringView kCompressed = ".gz";

constexpr std::array<std::pair<StringView, StringView>, 11> kTypes{{
    {".html", "text/html; charset=utf-8"},
    {".js", "text/javascript; charset=utf-8"},
    {".css", "text/css; charset=utf-8"},
    {".svg", "image/svg+xml"},
    {".json", "application/json"},
    {".webmanifest", "application/manifest+json"},
    {".txt", "text/plain; charset=utf-8"},
    {".png", "image/png"},
    {".ico", "image/x-icon"},
    {".woff2", "font/woff2"},
    {".map", "application/json"},
}};

constexpr StringView kPolicy =
    "default-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; object-src 'none'; "
    "require-trusted-types-for 'script'; trusted-types 'none'";

constexpr StringView kNoPage =
    "<!doctype html>\n<html lang=\"en\"><meta charset=\"utf-8\"><title>PCQ node</title>\n"
    "<h1>This PCQ node has no web page</h1>\n"
    "<p>The node works; its RPC is at <code>POST /v1</code>. The page is built by "
    "<code>deploy/build.sh</code> "
    "where npm and the npm registry are there, and found beside the program or where <code>rpc.page</code> "
    "in "
    "<code>pcqd.toml</code> says. Start the node again when it is built.</p>\n</html>\n";

StringView type_of(StringView name) {
    const auto found = std::find_if(kTypes.begin(), kTypes.end(),
                                    [name](const auto& type) { return name.ends_with(type.first); });
    return found == kTypes.end() ? "application/octet-stream" : found->second;
}

StringView path_of(StringView target) {
    const StringView path = target.substr(0, target.find('?'));
    return path == "/" ? kIndex : path;
}

// Whether a comma-separated header names a word, and not with q=0.
bool names(StringView header, StringView word) {
    while (!header.empty()) {
        const StringView entry = header.substr(0, header.find(','));
        header.remove_prefix(std::min(header.size(), entry.size() + 1));
        const auto first = std::min(entry.find_first_not_of(" \t"), entry.size());
        const StringView token = entry.substr(first, entry.find_first_of(" \t;", first) - first);
        const StringView rest = entry.substr(std::min(entry.size(), first + token.size()));
        const bool refused =
            rest.find("q=0") != StringView::npos && rest.find_first_of("123456789") == StringView::npos;
        if (boost::beast::iequals(token, word)) return !refused;
    }
    return false;
}

void set_common(StaticFiles::Response& response) {
    response.set("Content-Security-Policy", kPolicy);
    response.set("X-Content-Type-Options", "nosniff");
    response.set("Referrer-Policy", "no-referrer");
    response.set("Cross-Origin-Opener-Policy", "same-origin");
    response.set("Cross-Origin-Resource-Policy", "same-origin");
}

Error unreadable(const std::filesystem::path& file, const std::string& why) {
    return Error{Code::io_failed, "the web page cannot be read: " + file.string() + ": " + why};
}

}  // namespace

Result<StaticFiles> StaticFiles::load(const std::filesystem::path& folder, const Limits& limits) {
    StaticFiles page;
    std::size_t bytes = 0;
    std::error_code failed;
    std::filesystem::recursive_directory_iterator entries(folder, failed);
    for (const auto end = std::filesystem::recursive_directory_iterator(); !failed && entries != end;
         entries.increment(failed)) {
        if (entries->symlink_status().type() != std::filesystem::file_type::regular) continue;
        const auto size = entries->file_size(failed);
        if (failed) break;
        bytes += size;
        if (page.files_.size() >= limits.files_max || bytes > limits.bytes_max) {
            return Error{Code::limit_reached, "no web page of ours: " + folder.string() +
                                                  " holds more than " + std::to_string(limits.files_max) +
                                                  " files or " + std::to_string(limits.bytes_max) + " bytes"};
        }
        File file;
        file.content.resize(size);
        std::ifstream in(entries->path(), std::ios::binary);
        if (!in.read(file.content.data(), static_cast<std::streamsize>(size)))
            return unreadable(entries->path(), "it is shorter than it was, or not ours to read");
        file.etag = '"' + to_hex(crypto::sha256({file.content})).substr(0, 32) + '"';
        page.files_.emplace("/" + entries->path().lexically_relative(folder).generic_string(),
                            std::move(file));
    }
    if (failed) return unreadable(folder, failed.message());
    if (!page.files_.contains(kIndex)) return unreadable(folder, "there is no index.html in it");
    return page;
}

bool StaticFiles::has(std::string_view target) const {
    return target.substr(0, target.find('?')) == "/" || files_.contains(path_of(target));
}

StaticFiles::Response StaticFiles::answer(const Request& request) const {
    const std::string name(path_of({request.target().data(), request.target().size()}));
    if (files_.contains(name)) return answer_with(request, name);
    Response response(http::status::not_found, 11);
    set_common(response);
    response.set(http::field::content_type, "text/html; charset=utf-8");
    response.body() = kNoPage;
    return response;
}

StaticFiles::Response StaticFiles::answer_with(const Request& request, const std::string& name) const {
    const auto packed = files_.find(name + std::string(kCompressed));
    const auto encodings = request[http::field::accept_encoding];
    const bool compress = packed != files_.end() && names({encodings.data(), encodings.size()}, "gzip");
    const File& file = compress ? packed->second : files_.at(name);
    const auto known = request[http::field::if_none_match];
    const bool same = names({known.data(), known.size()}, file.etag);

    Response response(same ? http::status::not_modified : http::status::ok, 11);
    set_common(response);
    response.set(http::field::content_type, type_of(name));
    response.set(http::field::etag, file.etag);
    response.set(http::field::cache_control,
                 name.starts_with(kHashed) ? "public, max-age=31536000, immutable" : "no-cache");
    if (packed != files_.end()) response.set(http::field::vary, "Accept-Encoding");
    if (same) return response;
    if (compress) response.set(http::field::content_encoding, "gzip");
    response.body() = file.content;
    return response;
}

}  // namespace pcq::rpc
