// The web page: the files of one folder, read once and served from memory.
//
// A request is looked up in the list of what was read and touches no file, so no path leads anywhere else.
// Beside `app.js` may lie `app.js.gz`: the same, compressed, for those who accept it. What is below assets/
// has a hash of its content in its name and may be kept for ever; everything else is asked for again, with
// the hash as ETag. Browsers are told to load nothing from elsewhere, to run no script that is not a file of
// the page, and to let nobody put the page into a frame. Immutable, and thread-safe for it.
#pragma once

#include <filesystem>
#include <map>
#include <string>

#include <boost/beast/http.hpp>

#include "src/base/result.h"

namespace pcq::rpc {

class StaticFiles {
public:
    using Request = boost::beast::http::request<boost::beast::http::string_body>;
    using Response = boost::beast::http::response<boost::beast::http::string_body>;

    struct Limits {
        std::size_t files_max = 256;
        std::size_t bytes_max = 16UL * 1024 * 1024;  // of all files
    };

    // No page: `/` says so, and how to come by one.
    StaticFiles() = default;

    // Every regular file below the folder; links are left out. io_failed: there is no index.html, or a file
    // cannot be read; limit_reached: more than a page of ours has.
    static Result<StaticFiles> load(const std::filesystem::path& folder, const Limits& limits);
    static Result<StaticFiles> load(const std::filesystem::path& folder) { return load(folder, Limits()); }

    // Whether the target, up to its query, is `/` or a file of the page.
    bool has(std::string_view target) const;
    // To a GET of what it has.
    Response answer(const Request& request) const;

private:
    struct File {
        std::string content;
        std::string etag;
    };
    Response answer_with(const Request& request, const std::string& name) const;

    std::map<std::string, File, std::less<>> files_;  // by path, as "/assets/app.js"
};

}  // namespace pcq::rpc
